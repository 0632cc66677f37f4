//! What is emitted when the input is wrong: the user's item, so that its name exists and its body is checked, and a
//! stub of what would have been generated, so that the code around it has no errors of its own.

use crate::{
    diag::Errors,
    generics::generics,
    signature::Function,
    types::{Injected, impl_trait},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{FnArg, ItemImpl, ItemStruct, PatType, Type, ext::IdentExt};

type Mistakes = Result<(), TokenStream>;

fn tokens(mistakes: Mistakes) -> TokenStream {
    mistakes.err().unwrap_or_default()
}

/// The item as it was, for one that is of the wrong kind.
pub(crate) fn untouched(item: &TokenStream, errors: Errors) -> TokenStream {
    let mistakes = tokens(errors.finish());
    quote!(#item #mistakes)
}

/// A function that was to be a tool.
pub(crate) fn tool(function: &Function, type_name: &Ident, mistakes: Mistakes) -> TokenStream {
    let mistakes = tokens(mistakes);
    let Function { attrs, vis, sig, taken: _, body } = function;
    let item = quote!(#(#attrs)* #[allow(dead_code)] #vis #sig #body);
    if function.is_method() {
        // In an `impl` block a stub would be one more mistake.
        return quote!(#item #mistakes);
    }
    let cfgs: Vec<_> = function.cfgs().collect();
    let name = function.name();
    let arguments = arguments(function).filter(|ty| matches!(Injected::of(ty), Injected::No));
    let output = function.output();
    let call = has_plain_types(function).then(|| {
        let output = output.value();
        quote!(#vis fn call(#(_: #arguments),*) -> ::steadfast::__private::ToolRun<#type_name, (), #output> { loop {} })
    });
    quote! {
        #item
        #mistakes

        #(#cfgs)*
        #[allow(dead_code, non_camel_case_types)]
        #vis struct #type_name {}

        #(#cfgs)*
        #[allow(dead_code, private_interfaces)]
        impl #type_name { #call }

        #(#cfgs)*
        impl ::steadfast::__private::Tool for #type_name {
            const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
                name: #name,
                description: "",
                module: "",
                item: #name,
                args: &[],
                states: &[],
                options: ::steadfast::__private::ToolOptions::DEFAULT,
                run: ::steadfast::__private::Runs::Function(|_| loop {}),
            };
        }
    }
}

/// A function that was to be an activity.
pub(crate) fn activity(function: &Function, type_name: &Ident, mistakes: Mistakes) -> TokenStream {
    let (tool, cfgs) = (tool(function, type_name, mistakes), function.cfgs());
    let mark = (!function.is_method()).then(|| {
        quote! {
            #(#cfgs)*
            impl ::steadfast::__private::Activity for #type_name {}
        }
    });
    quote!(#tool #mark)
}

/// A function that was to be a guardrail.
pub(crate) fn guardrail(function: &Function, mistakes: Mistakes) -> TokenStream {
    let mistakes = tokens(mistakes);
    let Function { attrs, vis, sig, taken: _, body } = function;
    let item = quote!(#(#attrs)* #[allow(dead_code)] #vis #sig #body #mistakes);
    if function.is_method() {
        return item;
    }
    let (ident, cfgs) = (&sig.ident, function.cfgs().collect::<Vec<_>>());
    quote! {
        #item

        #(#cfgs)*
        #[allow(dead_code, non_camel_case_types)]
        #vis struct #ident {}

        #(#cfgs)*
        impl ::steadfast::__private::Guardrail for #ident {
            const GUARD: ::steadfast::__private::Guard = ::steadfast::__private::BROKEN_GUARD;
        }
    }
}

/// A block that was to be a toolset.
pub(crate) fn toolset(block: &ItemImpl, mistakes: &TokenStream) -> TokenStream {
    let owner = &block.self_ty;
    let stub = (block.trait_.is_none() && block.generics.params.is_empty()).then(|| {
        quote! {
            impl ::steadfast::__private::Tool for #owner {
                const DEF: &'static ::steadfast::__private::ToolDef = ::core::panic!();
                const DEFS: &'static [&'static ::steadfast::__private::ToolDef] = &[];
            }
        }
    });
    quote!(#[allow(dead_code)] #block #mistakes #stub)
}

/// A struct that was to be an agent.
pub(crate) fn agent(item: &ItemStruct, output: Option<&Type>, mistakes: Mistakes) -> TokenStream {
    let mistakes = tokens(mistakes);
    let ident = &item.ident;
    if item.generics.lifetimes().next().is_some() {
        return quote!(#item #mistakes);
    }
    let is_generic = !item.generics.params.is_empty();
    let generics = generics(item, output);
    let (parameters, arguments, bounds) = generics.split_for_impl();
    let cfgs: Vec<_> = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect();
    let name = ident.unraw().to_string();
    let output = output.map_or_else(|| quote!(::std::string::String), ToTokens::to_token_stream);
    let standalone = (item.fields.is_empty() && !is_generic).then(|| {
        quote! {
            #(#cfgs)*
            impl ::steadfast::__private::Standalone for #ident {
                fn standalone() -> Self { loop {} }
            }
        }
    });
    quote! {
        #[allow(dead_code)]
        #item
        #mistakes

        #(#cfgs)*
        impl #parameters ::steadfast::__private::Tool for #ident #arguments #bounds {
            const DEF: &'static ::steadfast::__private::ToolDef = ::core::panic!();
            const DEFS: &'static [&'static ::steadfast::__private::ToolDef] = &[];
        }

        #(#cfgs)*
        impl #parameters ::steadfast::__private::Agent for #ident #arguments #bounds {
            type Output = #output;
            const SPEC: &'static ::steadfast::__private::AgentSpec = &::steadfast::__private::AgentSpec {
                name: #name,
                description: "",
                path: #name,
                type_name: ::core::option::Option::None,
                model: "",
                toolsets: &[],
                hosted: &[],
                handoffs: &[],
                output: ::core::option::Option::None,
                max_turns: ::core::option::Option::None,
                settings: ::steadfast::__private::ModelSettings {
                    temperature: ::core::option::Option::None,
                    top_p: ::core::option::Option::None,
                    max_tokens: ::core::option::Option::None,
                    tool_choice: ::core::option::Option::None,
                    parallel_tool_calls: ::core::option::Option::None,
                    reasoning: ::core::option::Option::None,
                    metadata: ::core::option::Option::None,
                    provider_options: ::core::option::Option::None,
                },
                options: ::steadfast::__private::AgentOptions::DEFAULT,
            };
            fn instructions(&self) -> ::core::option::Option<::std::string::String> { loop {} }
            fn handoffs(&self) -> ::std::vec::Vec<::steadfast::__private::Handoff> { loop {} }
        }
        #standalone
    }
}

/// A function that was to be a workflow.
pub(crate) fn workflow(function: &Function, mistakes: Mistakes) -> TokenStream {
    let mistakes = tokens(mistakes);
    let Function { attrs, vis, sig, taken: _, body } = function;
    if function.is_method() {
        return quote!(#(#attrs)* #vis #sig #body #mistakes);
    }
    let cfgs: Vec<_> = function.cfgs().collect();
    let ident = &sig.ident;
    let name = function.name();
    let simple = is_simple(function);
    let types: Vec<&Type> = if simple { arguments(function).collect() } else { Vec::new() };
    let input = if let [input] = types.as_slice() { input.to_token_stream() } else { quote!(()) };
    let output = function.output();
    let output = if simple { output.value().to_token_stream() } else { quote!(()) };
    quote! {
        #(#cfgs)*
        #[allow(dead_code)]
        #vis fn #ident(#(_: #types),*) -> ::steadfast::__private::Execution<#ident> {
            #(#attrs)*
            #[allow(dead_code)]
            #sig #body
            loop {}
        }
        #mistakes

        #(#cfgs)*
        #[allow(dead_code, non_camel_case_types)]
        #vis struct #ident {}

        #(#cfgs)*
        impl ::steadfast::__private::Workflow for #ident {
            type Input = #input;
            type Output = #output;
            type Returned = ();
            type Handle = ::steadfast::__private::Handle<#output>;
            const NAME: &'static str = #name;
            fn execute(_: Self::Input) -> ::steadfast::__private::Execution<Self> { loop {} }
            fn finish(_: ()) -> ::core::result::Result<
                Self::Output,
                ::std::boxed::Box<dyn ::core::error::Error + ::core::marker::Send + ::core::marker::Sync>,
            > { loop {} }
            fn reach(_: &mut ::steadfast::__private::Reach) {}
        }
    }
}

/// A block that was to be a workflow with a state; `run` is its body, and `input` what it would be started with.
pub(crate) fn stateful(
    block: &ItemImpl,
    run: Option<&Function>,
    input: Option<&Type>,
    mistakes: &TokenStream,
) -> TokenStream {
    let owner = &block.self_ty;
    let is_plain = block.trait_.is_none() && block.generics.params.is_empty();
    let stub = run.filter(|run| is_plain && has_plain_types(run) && !borrows(input)).map(|run| {
        let Function { vis, sig, .. } = run;
        let (ident, name) = (&sig.ident, run.name());
        let output = run.output();
        let output = output.value();
        let parameter = input.map(|input| quote!(_: #input));
        let input = input.map_or_else(|| quote!(()), ToTokens::to_token_stream);
        quote! {
            #[allow(dead_code)]
            impl #owner {
                #vis fn #ident(#parameter) -> ::steadfast::__private::Execution<#owner> { loop {} }
            }

            impl ::steadfast::__private::Workflow for #owner {
                type Input = #input;
                type Output = #output;
                type Returned = ();
                type Handle = ::steadfast::__private::Handle<#output>;
                const NAME: &'static str = #name;
                fn execute(_: Self::Input) -> ::steadfast::__private::Execution<Self> { loop {} }
                fn finish(_: ()) -> ::core::result::Result<
                    Self::Output,
                    ::std::boxed::Box<dyn ::core::error::Error + ::core::marker::Send + ::core::marker::Sync>,
                > { loop {} }
                fn reach(_: &mut ::steadfast::__private::Reach) {}
            }
        }
    });
    quote!(#[allow(dead_code)] #block #mistakes #stub)
}

fn arguments(function: &Function) -> impl Iterator<Item = &Type> {
    function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(PatType { ty, .. }) => Some(&**ty),
        FnArg::Receiver(_) => None,
    })
}

/// Whether the types can stand in another signature: nothing generic, and a result that owns what it holds.
fn has_plain_types(function: &Function) -> bool {
    let sig = &function.sig;
    sig.generics.params.is_empty() && impl_trait(sig.to_token_stream()).is_none() && !borrows(&sig.output)
}

/// Whether they can be named as associated types too.
fn is_simple(function: &Function) -> bool {
    has_plain_types(function) && !borrows(&function.sig.inputs)
}

fn borrows(tokens: impl ToTokens) -> bool {
    tokens.into_token_stream().to_string().contains(['&', '\''])
}
