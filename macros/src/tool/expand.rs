//! What a tool becomes: the function, a type of the same name, and what the runtime has to know of it.

use super::{
    model::{Argument, Description, Parameter, Tool},
    set::Toolset,
};
use crate::{
    signature::{Function, Role, local, located_at},
    types::last_segment,
    values::DefaultValue,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Type, ext::IdentExt};

pub(crate) fn tool(tool: &Tool<'_>) -> TokenStream {
    beside(tool, "tool", "agents list it", &called(tool))
}

/// What an activity becomes: the same, and a mark.
pub(crate) fn activity(activity: &Tool<'_>) -> TokenStream {
    let (type_name, called) = (&activity.type_name, called(activity));
    let known = quote! {
        #called

        #[automatically_derived]
        impl __sf::Activity for #type_name {}
    };
    beside(activity, "activity", "apps register it", &known)
}

/// Its data, and the durable call.
fn called(tool: &Tool<'_>) -> TokenStream {
    let type_name = &tool.type_name;
    let def = def(tool, None);
    let call = call(tool, type_name, &Ident::new("call", Span::call_site()));
    quote! {
        #[automatically_derived]
        impl __sf::Tool for #type_name {
            const DEF: &'static __sf::ToolDef = &#def;
        }

        #[automatically_derived]
        impl #type_name { #call }
    }
}

/// What a guardrail becomes: the same, but nobody calls it by hand.
pub(crate) fn guardrail(guardrail: &Tool<'_>, blocking: bool) -> TokenStream {
    let type_name = &guardrail.type_name;
    let def = def(guardrail, None);
    let known = quote! {
        #[automatically_derived]
        impl __sf::Guardrail for #type_name {
            const GUARD: __sf::Guard = __sf::Guard { def: &#def, blocking: #blocking };
        }
    };
    beside(guardrail, "guardrail", "agents and tools list it", &known)
}

/// The function as it was, and beside it the type of its name, of which `known` says what it is.
fn beside(tool: &Tool<'_>, noun: &str, listed: &str, known: &TokenStream) -> TokenStream {
    let Tool { function, type_name, .. } = tool;
    let Function { attrs, vis, sig, taken: _, body } = function;
    let body = guarded(tool, noun, body);
    let cfgs: Vec<_> = function.cfgs().collect();
    let plain = function.name();
    let type_docs = format!(" The {noun} [`{plain}`](fn@{plain}), as {listed}.");
    quote! {
        #(#attrs)*
        #[allow(clippy::items_after_statements, clippy::needless_pass_by_value)]
        #vis #sig #body

        #(#cfgs)*
        #[doc = #type_docs]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #type_name {}

        #(#cfgs)*
        #[allow(deprecated, dead_code, private_interfaces)]
        const _: () = {
            use ::steadfast::__private as __sf;

            #known
        };
    }
}

/// The body, in which a workflow's code finds out that it has called the function as it is. An inline tool is no more than that,
/// and a guardrail is called by nobody.
fn guarded(tool: &Tool<'_>, noun: &str, body: &TokenStream) -> TokenStream {
    let Tool { function, how, .. } = tool;
    let (plain, is_async) = (function.name(), function.sig.asyncness.is_some());
    let mut tokens = body.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(block)), None) if how.inline.is_none() && noun != "guardrail" => {
            let (attributes, written) = inner_attributes(block.stream());
            let guard = quote! { ::steadfast::__private::called_as_it_is(#noun, #plain, #is_async); };
            let mut guarded = Group::new(Delimiter::Brace, quote! { #attributes #guard #written });
            guarded.set_span(block.span());
            guarded.into_token_stream()
        }
        _ => body.clone(),
    }
}

/// The attributes that a body begins with, which have to come first, and the rest.
fn inner_attributes(body: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens: Vec<TokenTree> = body.into_iter().collect();
    let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark);
    let mut end = 0;
    while is(end, '#') && is(end + 1, '!') && matches!(tokens.get(end + 2), Some(TokenTree::Group(_))) {
        end += 3;
    }
    let rest = tokens.split_off(end);
    (tokens.into_iter().collect(), rest.into_iter().collect())
}

/// What an `impl` block becomes: the block, a type for each tool in it, and the block's type as all of them.
pub(crate) fn toolset(set: &Toolset<'_>, tools: &[Tool<'_>]) -> TokenStream {
    let Toolset { original, owner } = set;
    let types: Vec<Ident> = tools.iter().map(|tool| format_ident!("__{}", tool.function.name())).collect();
    let defs = tools.iter().map(|tool| def(tool, Some(owner)));
    let calls = tools.iter().zip(&types).map(|(tool, ty)| {
        let name = format_ident!("call_{}", tool.function.name(), span = tool.function.sig.ident.span());
        call(tool, ty, &name)
    });
    quote! {
        #original

        #[allow(deprecated, dead_code, private_interfaces)]
        const _: () = {
            use ::steadfast::__private as __sf;

            #(
                #[doc(hidden)]
                #[allow(non_camel_case_types, missing_debug_implementations)]
                pub struct #types {}

                #[automatically_derived]
                impl __sf::Tool for #types {
                    const DEF: &'static __sf::ToolDef = &#defs;
                }
            )*

            #[automatically_derived]
            impl #owner { #(#calls)* }

            #[automatically_derived]
            impl __sf::Tool for #owner {
                const DEF: &'static __sf::ToolDef =
                    ::core::panic!("this type is a set of tools; name one of them, as in `Bank::transfer`");
                const DEFS: &'static [&'static __sf::ToolDef] =
                    &[#(<#types as __sf::Tool>::DEF),*];
            }
        };
    }
}

/// The data of a tool; `owner` is the type whose method it is.
fn def(tool: &Tool<'_>, owner: Option<&Type>) -> TokenStream {
    let Tool { function, type_name: _, name, description, parameters, output, how, role } = tool;
    let plain = function.name();
    let path = match owner.and_then(last_segment) {
        Some(owner) => format!("{}::{plain}", owner.ident.unraw()),
        None => plain.clone(),
    };
    let args = parameters.iter().filter_map(|parameter| argument(parameter, *role));
    let this = owner.filter(|_| function.is_method()).map(state_of);
    let states = this.into_iter().chain(parameters.iter().filter_map(state));
    let description = match description {
        Description::Here(text) => quote!(#text),
        Description::InFile(path) => quote_spanned!(located_at(path)=> ::core::include_str!(#path).trim_ascii()),
    };
    let at = located_at(&output.ty);
    let value = output.value();
    // What is wrong with the result is the return type's doing, what is wrong with the future is the function's.
    let finish = match (role, output.is_result) {
        (Role::Activity, false) => quote_spanned!(at=> __sf::done::<#value>),
        (Role::Activity, true) => quote_spanned!(at=> __sf::done_or_failed::<#value, _>),
        (Role::Guardrail, false) => quote_spanned!(at=> __sf::judged::<#value>),
        (Role::Guardrail, true) => quote_spanned!(at=> __sf::judged_fallibly::<#value, _>),
        (_, false) => quote_spanned!(at=> __sf::infallible::<#value>),
        (_, true) => quote_spanned!(at=> __sf::fallible::<#value, _>),
    };
    let runs = if *role == Role::Activity { quote!(__sf::Runs::Activity) } else { quote!(__sf::Runs::Function) };
    let run = run(tool, owner, &finish);
    quote! {
        __sf::ToolDef {
            name: #name,
            description: #description,
            module: ::core::module_path!(),
            item: #path,
            args: &[#(#args),*],
            states: &[#(#states),*],
            options: #how,
            run: #runs(#run),
        }
    }
}

/// One line of the table of arguments.
fn argument(parameter: &Parameter<'_>, role: Role) -> Option<TokenStream> {
    let Parameter::Argument { ident: _, ty, argument } = parameter else {
        return None;
    };
    let Argument { name, aliases, description, default, rules } = &**argument;
    let mut set = TokenStream::new();
    if !aliases.is_empty() {
        set.extend(quote!(aliases: &[#(#aliases),*],));
    }
    if let Some(DefaultValue(value)) = default {
        let value = value.as_ref().map_or_else(
            || quote_spanned!(located_at(ty)=> <#ty as ::core::default::Default>::default()),
            ToTokens::to_token_stream,
        );
        let value = quote!(__sf::default_value::<#ty>(#value));
        set.extend(quote!(default: __sf::Some(|| #value),));
    }
    if !rules.is_empty() {
        let given = local("rules");
        set.extend(quote!(rules: __sf::Some(|#given| #given #rules),));
    }
    let plain = if role == Role::Activity {
        quote!(__sf::ArgDef::plain(#name))
    } else {
        quote!(__sf::ArgDef::new::<#ty>(#name, #description))
    };
    Some(if set.is_empty() { plain } else { quote!(__sf::ArgDef { #set ..#plain }) })
}

/// One line of the table of states.
fn state(parameter: &Parameter<'_>) -> Option<TokenStream> {
    match parameter {
        Parameter::State { ident: _, ty } => Some(state_of(ty)),
        Parameter::Run { ident: _, ty } => Some(quote_spanned!(located_at(ty)=> __sf::StateDef::of_run::<#ty>())),
        _ => None,
    }
}

fn state_of(ty: &Type) -> TokenStream {
    quote_spanned!(located_at(ty)=> __sf::StateDef::of::<#ty>())
}

/// The closure that takes the parameters out of a call and runs the function with them, or refuses the call.
fn run(tool: &Tool<'_>, owner: Option<&Type>, finish: &TokenStream) -> TokenStream {
    let Tool { function, parameters, role, how, .. } = tool;
    let ident = &function.sig.ident;
    let call = unused("call", parameters);
    let mut index = 0_usize;
    let taken: Vec<TokenStream> = parameters
        .iter()
        .map(|parameter| match parameter {
            Parameter::Argument { ty, .. } => {
                index += 1;
                let this = index - 1;
                if *role == Role::Activity {
                    quote_spanned!(located_at(ty)=> #call.input::<#ty>(#this))
                } else {
                    quote!(#call.arg::<#ty>(#this))
                }
            }
            Parameter::State { ty, .. } => quote!(#call.state::<#ty>()),
            Parameter::Run { ty, .. } => quote!(#call.run_context::<#ty>()),
            Parameter::Context { .. } => quote!(#call.context()),
        })
        .collect();
    let names: Vec<Ident> = parameters.iter().map(|parameter| as_local(parameter.ident())).collect();

    let at = located_at(ident);
    let this = local("this");
    let (get_this, called) = match owner {
        None => (None, quote_spanned!(at=> #ident(#(#names),*))),
        Some(owner) if function.is_method() => {
            (Some(quote!(#call.state::<#owner>())), quote_spanned!(at=> <#owner>::#ident(&#this, #(#names),*)))
        }
        Some(owner) => (None, quote_spanned!(at=> <#owner>::#ident(#(#names),*))),
    };
    // There is no `async` for a function: one of the runtime has it, for that is checked once and not in each tool. A
    // method's future borrows from what it is called on, so the two have to stay together.
    let (run, started) = match (function.sig.asyncness.is_some(), &get_this) {
        (true, None) => (quote_spanned!(at=> __sf::run), called),
        (true, Some(_)) => (quote_spanned!(at=> __sf::run), quote_spanned!(at=> async move { #called.await })),
        (false, _) if how.inline.is_some() => (quote_spanned!(at=> __sf::run_inline), quote_spanned!(at=> || #called)),
        (false, _) => (quote_spanned!(at=> __sf::run_blocking), quote_spanned!(at=> move || #called)),
    };
    let run = quote_spanned!(at=> #run(#call, #started, #finish));
    if taken.is_empty() && get_this.is_none() {
        return quote!(|#call| #run);
    }
    // One `match` and no `?`: each `?` is a `match` of its own, and two traits to be looked up.
    let names = get_this.iter().map(|_| &this).chain(&names);
    let taken = get_this.iter().chain(&taken);
    quote! {
        |mut #call| match (#(#taken,)*) {
            (#(__sf::Some(#names),)*) => #run,
            _ => __sf::refuse(#call),
        }
    }
}

/// The durable call, which takes only what a model would fill in.
fn call(tool: &Tool<'_>, type_name: &Ident, name: &Ident) -> TokenStream {
    let Tool { function, parameters, output, role, .. } = tool;
    let vis = &function.vis;
    let (names, types): (Vec<_>, Vec<_>) = parameters
        .iter()
        .filter_map(|parameter| match parameter {
            Parameter::Argument { ident, ty, .. } => Some((as_local(ident), *ty)),
            _ => None,
        })
        .unzip();
    let output = output.value();
    let (arguments, given) = (nested(&types), nested(&names));
    let plain = function.name();
    let docs = format!(
        " Runs the {} `{plain}`: in a workflow as a durable step, which is recorded, retried, and not \
         repeated by a replay; elsewhere in this process.",
        role.noun()
    );
    quote! {
        #[doc = #docs]
        #vis fn #name(#(#names: #types),*) -> __sf::ToolRun<#type_name, #arguments, #output> {
            __sf::ToolRun::new(#given)
        }
    }
}

/// A list of any length as one type or value: the first, and in the same way the others.
fn nested(list: &[impl ToTokens]) -> TokenStream {
    list.iter().rev().fold(quote!(()), |others, first| quote!((#first, #others)))
}

/// A variable that no parameter is named like.
fn unused(name: &str, parameters: &[Parameter<'_>]) -> Ident {
    let mut name = name.to_owned();
    while parameters.iter().any(|parameter| *parameter.ident() == name) {
        name.push('_');
    }
    local(&name)
}

/// A parameter's name, as a variable of ours.
fn as_local(ident: &Ident) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(located_at(&ident));
    ident
}
