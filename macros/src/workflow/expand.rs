//! What a workflow becomes: a function that gives a future, and a type that the server's runs go by.

use super::{model::Workflow, scan::Found};
use crate::signature::{Function, Output, local, located_at};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Path};

pub(crate) fn workflow(workflow: &Workflow<'_>) -> TokenStream {
    let Workflow { function, name, input, output, agents, tools, found } = workflow;
    let Function { attrs, vis, sig, taken: _, body } = function;
    let ident = &sig.ident;
    // What says something of the name goes outside, what says something of the body inside, and `allow` says either.
    let outer = attrs.iter().filter(|attr| is_of_the_name(attr) || attr.path().is_ident("allow"));
    let inner = attrs.iter().filter(|attr| !is_of_the_name(attr));
    let cfgs: Vec<_> = function.cfgs().collect();

    let argument = local("input");
    let (parameter, argument) = match input {
        Some(ty) => (Some(quote!(#argument: #ty)), Some(argument)),
        None => (None, None),
    };
    let input = input.map_or_else(
        || {
            quote!(
                type Input = ();
            )
        },
        |ty| quote_spanned!(located_at(ty)=> type Input = #ty;),
    );
    let executed = argument.as_ref().map_or_else(|| quote!(_), ToTokens::to_token_stream);

    // Whatever is wrong with the future, such as not being `Send`, is the body's doing.
    let at = located_at(ident);
    let signature = quote_spanned!(at=> fn #ident(#parameter) -> ::steadfast::__private::Execution<#ident>);
    let execution = quote_spanned!(at=> ::steadfast::__private::Execution::new(<#ident>::#ident(#argument)));

    let returned = &output.ty;
    let value = output.value();
    let finish = finish(output);
    // Errors about these types, also that they are too private, belong where they are written.
    let outputs = quote_spanned! {located_at(returned)=>
        type Output = #value;
        type Returned = #returned;
    };
    let reach = probes(agents, tools, std::slice::from_ref(found));
    let type_docs = format!(" The workflow [`{0}`](fn@{0}), as a type.", function.name());

    quote! {
        #(#outer)*
        #vis #signature {
            #execution
        }

        #(#cfgs)*
        #[doc = #type_docs]
        #[allow(non_camel_case_types, missing_debug_implementations)]
        #vis struct #ident {}

        // A method, so that the name means in the body what it means elsewhere: what starts another of its kind.
        #(#cfgs)*
        impl #ident {
            #(#inner)*
            #[allow(clippy::needless_pass_by_value, clippy::unused_async)]
            #sig #body
        }

        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::steadfast::__private::Workflow for #ident {
            #input
            #outputs
            type Handle = ::steadfast::__private::Handle<#value>;

            const NAME: &'static str = #name;

            fn execute(#executed: Self::Input) -> ::steadfast::__private::Execution<Self> {
                #ident(#argument)
            }

            #finish

            #reach
        }
    }
}

fn is_of_the_name(attr: &Attribute) -> bool {
    ["cfg", "doc", "deprecated"].iter().any(|name| attr.path().is_ident(name))
}

/// Reads what the body returned.
pub(super) fn finish(output: &Output) -> TokenStream {
    let place = located_at(&output.ty);
    let finished = quote_spanned!(place=> returned);
    let finish = if output.is_result {
        quote_spanned!(place=> returned.map_err(::core::convert::Into::into))
    } else {
        quote_spanned!(place=> ::core::result::Result::Ok(returned))
    };
    quote! {
        fn finish(#finished: Self::Returned) -> ::core::result::Result<
            Self::Output,
            ::std::boxed::Box<dyn ::core::error::Error + ::core::marker::Send + ::core::marker::Sync>,
        > {
            #finish
        }
    }
}

/// Adds the agents and tools that are listed, and those of the types found in the bodies that turn out to be some.
pub(super) fn probes(agents: &[Path], tools: &[Path], found: &[Found]) -> TokenStream {
    let found: Vec<&Found> =
        found.iter().filter(|found| !found.receivers.is_empty() || !found.calls.is_empty()).collect();
    if agents.is_empty() && tools.is_empty() && found.is_empty() {
        return quote!(
            fn reach(_: &mut ::steadfast::__private::Reach) {}
        );
    }
    let reach = local("reach");
    let agents = agents.iter().map(|agent| {
        let spec = quote_spanned!(located_at(agent)=> <#agent as ::steadfast::__private::Agent>::SPEC);
        quote!(#reach.agent(#spec);)
    });
    let tools = tools.iter().map(|tool| {
        let defs = quote_spanned!(located_at(tool)=> <#tool as ::steadfast::__private::Tool>::DEFS);
        quote!(#reach.tools(#defs);)
    });
    let several = found.len() > 1;
    let probes = found.iter().map(|Found { receivers, calls, uses }| {
        let receivers = receivers.iter().map(|path| {
            let probe = quote_spanned!(located_at(path)=> (&::steadfast::__private::Probe::<#path>::default()));
            quote!(#probe.reach(#reach);)
        });
        let calls = calls.iter().map(|path| {
            let probe = quote_spanned!(located_at(path)=> (&::steadfast::__private::probe_returned(#path)));
            quote!(#probe.reach(#reach);)
        });
        let probes = quote! {
            #(#[allow(unused_imports)] #uses)*
            #(#receivers)*
            #(#calls)*
        };
        // Each body has imports of its own.
        if several { quote!({ #probes }) } else { probes }
    });
    // Which of these traits a probe has depends on its type.
    let traits = (!found.is_empty()).then(|| {
        quote! {
            #[allow(unused_imports)]
            use ::steadfast::__private::{ReachAgent as _, ReachNothing as _, ReachTool as _};
        }
    });
    quote! {
        fn reach(#reach: &mut ::steadfast::__private::Reach) {
            #(#agents)*
            #(#tools)*
            #traits
            #(#probes)*
        }
    }
}
