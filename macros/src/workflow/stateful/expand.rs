//! What a workflow with a state becomes: its block as it was, what starts it, its table of handlers, and its handle.

use super::{
    super::expand::{finish, probes},
    block::{Kind, hidden},
    handle,
    model::{Handler, Stateful, Takes},
};
use crate::signature::{local, located_at};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{ItemImpl, Type};

pub(super) fn stateful(stateful: &Stateful<'_>, block: &ItemImpl) -> TokenStream {
    let Stateful { owner, ident, name, input, output, init: _, run, takes: _, handlers, agents, tools, found } =
        stateful;
    let handle_ident = handle::ident(ident);
    let handle = handle::handle(stateful);
    let started = start(stateful);
    let run_ident = &run.sig.ident;
    let (input, executed, argument) = match input {
        Some(ty) => {
            let argument = local("input");
            (quote_spanned!(located_at(ty)=> #ty), quote!(#argument), Some(argument))
        }
        None => (quote!(()), quote!(_), None),
    };
    let returned = &output.ty;
    let value = output.value();
    let outputs = quote_spanned! {located_at(returned)=>
        type Output = #value;
        type Returned = #returned;
    };
    let finish = finish(output);
    let names = |kind| handlers.iter().filter(move |handler| handler.kind == kind).map(|handler| &handler.name);
    let (signals, queries, updates) = (names(Kind::Signal), names(Kind::Query), names(Kind::Update));
    let reach = probes(agents, tools, found);
    quote! {
        #block

        #started

        #[automatically_derived]
        #[allow(deprecated)]
        impl ::steadfast::__private::Workflow for #owner {
            type Input = #input;
            #outputs
            type Handle = #handle_ident;

            const NAME: &'static str = #name;
            const MESSAGES: ::steadfast::__private::handlers::MessageNames =
                ::steadfast::__private::handlers::MessageNames {
                    signals: &[#(#signals),*],
                    queries: &[#(#queries),*],
                    updates: &[#(#updates),*],
                };

            fn execute(#executed: Self::Input) -> ::steadfast::__private::Execution<Self> {
                <#owner>::#run_ident(#argument)
            }

            #finish

            #reach
        }

        #handle
    }
}

/// The function by which the workflow is started: `Order::run(input)`.
fn start(stateful: &Stateful<'_>) -> TokenStream {
    let Stateful { owner, ident: _, name: _, input, output: _, init, run, takes, handlers, .. } = stateful;
    let (ident, vis) = (&run.sig.ident, &run.vis);
    let docs =
        run.attrs.iter().filter(|attr| ["doc", "cfg", "deprecated"].iter().any(|name| attr.path().is_ident(name)));
    let argument = local("input");
    let parameter = input.as_ref().map(|ty| quote!(#argument: #ty));
    let state = match init {
        Some((init, true)) => quote_spanned!(located_at(init)=> <#owner>::#init(#argument)),
        Some((init, false)) => quote_spanned!(located_at(init)=> <#owner>::#init()),
        None => quote_spanned!(located_at(owner)=> <#owner as ::steadfast::__private::handlers::FirstState>::first()),
    };
    let context = local("context");
    let Takes { context: takes_context, input: takes_input } = takes;
    let given = takes_context.then(|| quote!(#context,));
    let input = takes_input.is_some().then_some(&argument);
    let body = hidden(ident);
    let signals = handlers.iter().filter(|handler| handler.kind == Kind::Signal).map(|handler| signal(owner, handler));
    let queries = handlers.iter().filter(|handler| handler.kind == Kind::Query).map(|handler| query(owner, handler));
    let updates = handlers.iter().filter(|handler| handler.kind == Kind::Update).map(|handler| update(owner, handler));
    let at = located_at(ident);
    // Whatever is wrong with the future, such as not being `Send`, is the body's doing.
    let execution = quote_spanned! {at=>
        ::steadfast::__private::Execution::stateful(#state, HANDLERS, |#context| <#owner>::#body(#given #input))
    };
    let signature = quote_spanned!(at=> fn #ident(#parameter) -> ::steadfast::__private::Execution<#owner>);
    quote! {
        #[allow(dead_code)]
        impl #owner {
            #(#docs)*
            #[allow(unused_variables, clippy::used_underscore_items)]
            #vis #signature {
                #[allow(deprecated)]
                const HANDLERS: &::steadfast::__private::handlers::Handlers<#owner> =
                    &::steadfast::__private::handlers::Handlers {
                        signals: &[#(#signals),*],
                        queries: &[#(#queries),*],
                        updates: &[#(#updates),*],
                    };
                #execution
            }
        }
    }
}

/// How a handler's method is called: the closure's parameter for the input, and the argument.
fn given(takes: &Takes) -> (TokenStream, Option<Ident>) {
    match &takes.input {
        Some((_, ty)) => {
            let input = local("input");
            (quote_spanned!(located_at(ty)=> #input: #ty), Some(input))
        }
        None => (quote!(_: ::steadfast::__private::handlers::Nothing), None),
    }
}

fn context_of(takes: &Takes) -> (Ident, Option<TokenStream>) {
    let context = local("context");
    let given = takes.context.then(|| quote!(#context,));
    (context, given)
}

fn signal(owner: &Type, handler: &Handler) -> TokenStream {
    let (name, method) = (&handler.name, &handler.function.sig.ident);
    let (parameter, input) = given(&handler.takes);
    let at = located_at(method);
    let handle = if handler.is_async() {
        let (context, given) = context_of(&handler.takes);
        quote_spanned! {at=>
            |context, input| ::steadfast::__private::handlers::signal_later(
                context, input, |#context, #parameter| <#owner>::#method(#given #input),
            )
        }
    } else {
        quote_spanned! {at=>
            |context, input| ::steadfast::__private::handlers::signal(
                context, input, |state: &mut #owner, #parameter| state.#method(#input),
            )
        }
    };
    quote!(::steadfast::__private::handlers::Signal { name: #name, handle: #handle })
}

fn query(owner: &Type, handler: &Handler) -> TokenStream {
    let (name, method) = (&handler.name, &handler.function.sig.ident);
    let (parameter, input) = given(&handler.takes);
    let at = located_at(method);
    let answer = fallible(handler, &quote_spanned!(at=> state.#method(#input)));
    let answer = quote_spanned! {at=>
        |state, input| ::steadfast::__private::handlers::query(state, input, |state: &#owner, #parameter| #answer)
    };
    quote!(::steadfast::__private::handlers::Query { name: #name, answer: #answer })
}

fn update(owner: &Type, handler: &Handler) -> TokenStream {
    let (name, method) = (&handler.name, &handler.function.sig.ident);
    let (parameter, input) = given(&handler.takes);
    let at = located_at(method);
    let handle = if handler.is_async() {
        let (context, given) = context_of(&handler.takes);
        let answer = fallible(handler, &quote_spanned!(at=> <#owner>::#method(#given #input).await));
        quote_spanned! {at=>
            |context, input| ::steadfast::__private::handlers::update_later(
                context, input, |#context, #parameter| async move { #answer },
            )
        }
    } else {
        let answer = fallible(handler, &quote_spanned!(at=> state.#method(#input)));
        quote_spanned! {at=>
            |context, input| ::steadfast::__private::handlers::update(
                context, input, |state: &mut #owner, #parameter| #answer,
            )
        }
    };
    let validate = validate(owner, handler);
    quote!(::steadfast::__private::handlers::Update { name: #name, validate: #validate, handle: #handle })
}

/// Looks at an update before it is run: whether its input can be read, and what its validator says.
fn validate(owner: &Type, handler: &Handler) -> TokenStream {
    let nothing = || quote!(::steadfast::__private::handlers::Nothing);
    let ty = handler.takes.input.as_ref().map_or_else(nothing, |(_, ty)| quote_spanned!(located_at(ty)=> #ty));
    let (state, input) = (local("state"), local("input"));
    let judged = match &handler.validator {
        None => quote!(::core::result::Result::Ok(())),
        Some((method, output, takes_input)) => {
            let at = located_at(method);
            let given = takes_input.then_some(&input);
            let returned = quote_spanned!(located_at(&output.ty)=> .map_err(::core::convert::Into::into));
            quote_spanned!(at=> #state.#method(#given) #returned)
        }
    };
    quote! {
        |#state, #input| ::steadfast::__private::handlers::validate(
            #state, #input, |#state: &#owner, #input: &#ty| { let _ = (#state, #input); #judged },
        )
    }
}

/// What a handler returned, as a `Result`.
fn fallible(handler: &Handler, returned: &TokenStream) -> TokenStream {
    let at = located_at(&handler.output.ty);
    if handler.output.is_result {
        quote_spanned!(at=> #returned.map_err(::core::convert::Into::into))
    } else {
        quote_spanned!(at=> ::core::result::Result::Ok(#returned))
    }
}
