//! What a tool becomes: the function, a type of the same name, and what the runtime has to know of it.

use super::model::{Parameter, Tool};
use crate::{
    signature::{Function, Output, local, located_at},
    values::DefaultValue,
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

pub(crate) fn tool(tool: &Tool<'_>) -> TokenStream {
    let Tool { function, type_name, name, description, parameters, output, timeout, retries, task_queue, local } = tool;
    let Function { attrs, vis, sig, taken: _, body } = function;
    let cfgs: Vec<_> = function.cfgs().collect();
    let ident = &sig.ident;
    let plain = ident.unraw().to_string();

    let path = format!("::{plain}");
    let args = parameters.iter().filter_map(argument);
    let states = parameters.iter().filter_map(state);
    let timeout = timeout.map_or_else(
        || quote!(::steadfast::__private::DEFAULT_TIMEOUT),
        |millis| quote!(::core::time::Duration::from_millis(#millis)),
    );
    let task_queue = task_queue
        .as_ref()
        .map_or_else(|| quote!(::core::option::Option::None), |queue| quote!(::core::option::Option::Some(#queue)));
    let run = run(function, parameters, output);
    let call = call(tool);
    let type_docs = format!(" The tool [`{plain}`](fn@{plain}), as agents list it.");

    quote! {
        #(#attrs)*
        #[allow(clippy::needless_pass_by_value)]
        #vis #sig #body

        #(#cfgs)*
        #[doc = #type_docs]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #type_name {}

        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::steadfast::__private::Tool for #type_name {
            const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
                name: #name,
                description: #description,
                path: ::core::concat!(::core::module_path!(), #path),
                args: &[#(#args),*],
                states: &[#(#states),*],
                timeout: #timeout,
                retries: #retries,
                task_queue: #task_queue,
                local: #local,
                run: #run,
            };
        }

        #(#cfgs)*
        #[automatically_derived]
        #[allow(dead_code, private_interfaces)]
        impl #type_name { #call }
    }
}

/// One line of the table of arguments.
fn argument(parameter: &Parameter<'_>) -> Option<TokenStream> {
    let Parameter::Argument { ident, ty, description, default } = parameter else {
        return None;
    };
    let name = ident.unraw().to_string();
    let default = match default {
        None => quote!(::core::option::Option::None),
        Some(DefaultValue(value)) => {
            let value = value.as_ref().map_or_else(
                || quote_spanned!(located_at(ty)=> <#ty as ::core::default::Default>::default()),
                ToTokens::to_token_stream,
            );
            quote!(::core::option::Option::Some(|| ::steadfast::__private::default_value::<#ty>(#value)))
        }
    };
    Some(quote! {
        ::steadfast::__private::ArgDef {
            name: #name,
            description: #description,
            schema: ::steadfast::__private::schema_of::<#ty>,
            default: #default,
        }
    })
}

/// One line of the table of states.
fn state(parameter: &Parameter<'_>) -> Option<TokenStream> {
    let Parameter::State { ident: _, ty } = parameter else {
        return None;
    };
    Some(quote! {
        ::steadfast::__private::StateDef {
            name: ::core::any::type_name::<#ty>,
            id: ::core::any::TypeId::of::<#ty>,
        }
    })
}

/// The closure that takes the parameters out of a call and runs the function with them.
fn run(function: &Function, parameters: &[Parameter<'_>], output: &Output) -> TokenStream {
    let ident = &function.sig.ident;
    let call = unused("call", parameters);
    let mut index = 0_usize;
    let lets = parameters.iter().map(|parameter| match parameter {
        Parameter::Argument { ident, ty, .. } => {
            let (name, this) = (as_local(ident), index);
            index += 1;
            quote!(let #name = #call.arg::<#ty>(#this)?;)
        }
        Parameter::State { ident, ty } => {
            let name = as_local(ident);
            quote!(let #name = #call.state::<#ty>()?;)
        }
        Parameter::Context { ident } => {
            let name = as_local(ident);
            quote!(let #name = #call.context();)
        }
    });
    let lets: TokenStream = lets.collect();
    let names = parameters.iter().map(|parameter| as_local(parameter.ident()));

    // What is wrong with the result is the return type's doing, what is wrong with the future is the function's.
    let value = output.value();
    let finish = if output.is_result {
        quote_spanned!(located_at(&output.ty)=> ::steadfast::__private::fallible::<#value, _>)
    } else {
        quote_spanned!(located_at(&output.ty)=> ::steadfast::__private::infallible::<#value>)
    };
    let at = located_at(ident);
    let (run, started) = if function.sig.asyncness.is_some() {
        (quote_spanned!(at=> ::steadfast::__private::run), quote_spanned!(at=> #ident(#(#names),*)))
    } else {
        (quote_spanned!(at=> ::steadfast::__private::run_blocking), quote_spanned!(at=> move || #ident(#(#names),*)))
    };
    // There is no `async` here: a generic function of the runtime has it, for it is checked once and not in each tool.
    let start = quote_spanned! {at=>
        |#call| {
            #lets
            #call.done()?;
            ::core::result::Result::Ok(#started)
        }
    };
    let invocation = local("invocation");
    quote!(|#invocation| #run(#invocation, #start, #finish))
}

/// The durable call, which takes only what a model would fill in.
fn call(tool: &Tool<'_>) -> TokenStream {
    let Tool { function, type_name, parameters, output, .. } = tool;
    let vis = &function.vis;
    let (names, types): (Vec<_>, Vec<_>) = parameters
        .iter()
        .filter_map(|parameter| match parameter {
            Parameter::Argument { ident, ty, .. } => Some((as_local(ident), *ty)),
            _ => None,
        })
        .unzip();
    let output = output.value();
    // Only who makes the call needs the arguments as JSON. The lifetime keeps the compiler from checking the bound
    // here already: it does so for bounds without any parameter.
    let bounds = (!types.is_empty()).then(|| quote!(where #(for<'__call> #types: ::steadfast::__private::Serialize,)*));
    let plain = function.name();
    let docs = format!(
        " Runs the tool [`{plain}`](fn@{plain}): in a workflow as a durable step, which is recorded, retried, and not \
         repeated by a replay; elsewhere in this process."
    );
    quote! {
        #[doc = #docs]
        #vis fn call(#(#names: #types),*) -> ::steadfast::__private::ToolRun<#type_name, #output> #bounds {
            ::steadfast::__private::ToolRun::new([#(::steadfast::__private::encode(&#names)),*])
        }
    }
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
