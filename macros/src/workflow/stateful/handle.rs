//! The typed handle of a workflow with a state: a method for each signal, query and update.

use super::{
    block::Kind,
    model::{Handler, Stateful},
};
use crate::signature::located_at;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

/// What the handle is called.
pub(super) fn ident(workflow: &Ident) -> Ident {
    format_ident!("{}Handle", workflow)
}

pub(super) fn handle(stateful: &Stateful<'_>) -> TokenStream {
    let ident = ident(&stateful.ident);
    let vis = &stateful.run.vis;
    let result = stateful.output.value();
    let methods = stateful.handlers.iter().map(method);
    let docs = format!(
        " A handle of the workflow [`{}`]: a method for each of its signals, queries and updates, beside those of \
         every `Handle`.",
        stateful.ident
    );
    quote! {
        #[doc = #docs]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        #vis struct #ident(::steadfast::__private::Handle<#result>);

        #[automatically_derived]
        impl ::core::convert::From<::steadfast::__private::Handle<#result>> for #ident {
            fn from(handle: ::steadfast::__private::Handle<#result>) -> Self {
                Self(handle)
            }
        }

        #[automatically_derived]
        impl ::core::ops::Deref for #ident {
            type Target = ::steadfast::__private::Handle<#result>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        #[allow(dead_code)]
        impl #ident {
            #(#methods)*
        }
    }
}

fn method(handler: &Handler) -> TokenStream {
    let Handler { kind, name, takes, output, validator: _, function } = handler;
    let (ident, vis) = (&function.sig.ident, &function.vis);
    let docs = function.attrs.iter().filter(|attr| ["doc", "deprecated"].iter().any(|name| attr.path().is_ident(name)));
    let kinds = match kind {
        Kind::Signal => "Sends the signal",
        Kind::Query => "Asks the query",
        _ => "Sends the update",
    };
    let sent = format!(" {kinds} `{name}`.");
    let (parameter, argument) = match &takes.input {
        Some((input, ty)) => (Some(quote!(#input: #ty)), quote!(&#input)),
        None => (None, quote!(&())),
    };
    // What cannot be sent is said once, where the handler is looked at; a bound like this waits for a caller.
    let bound = takes.input.as_ref().map(|(_, ty)| {
        let sent = quote_spanned!(located_at(ty)=> ::steadfast::__private::handlers::Sent);
        quote!(where for<'__steadfast> #ty: #sent)
    });
    let at = located_at(ident);
    let answer = output.value();
    let call = match kind {
        Kind::Signal => quote_spanned! {at=>
            #vis async fn #ident(&self, #parameter) -> ::steadfast::__private::ClientResult<()> #bound {
                self.0.signal(#name, #argument).await
            }
        },
        Kind::Query => quote_spanned! {at=>
            #vis fn #ident(&self, #parameter) -> ::steadfast::__private::ClientQuery<#answer> #bound {
                self.0.query(#name, #argument)
            }
        },
        _ => quote_spanned! {at=>
            #vis fn #ident(&self, #parameter) -> ::steadfast::__private::ClientUpdate<#answer> #bound {
                self.0.update(#name, #argument)
            }
        },
    };
    quote! {
        #(#docs)*
        #[doc = ""]
        #[doc = #sent]
        #[allow(clippy::needless_pass_by_value)]
        #call
    }
}
