//! An agent as a tool of other agents: its fields, and what it is asked, are the arguments.

use super::model::Agent;
use crate::signature::{docs, located_at};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

/// What it is asked, unless a field has this name.
pub(super) const INPUT: &str = "input";

/// The agent as a tool. It is one only where a model can fill in all of its fields; bounds that are not looked at before
/// somebody lists it leave other agents alone.
pub(super) fn tool(agent: &Agent<'_>) -> Option<TokenStream> {
    let ident = &agent.original.ident;
    if !is_callable(agent) {
        return None;
    }
    let cfgs = agent.original.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let (name, description, item) = (function_name(&agent.name), &agent.description, ident.unraw().to_string());
    let fields: Vec<(&Ident, &syn::Type, String)> = agent
        .original
        .fields
        .iter()
        .filter_map(|field| Some((field.ident.as_ref()?, &field.ty, docs(&field.attrs))))
        .collect();
    let bounds = fields.iter().map(
        |(_, ty, _)| quote_spanned!(located_at(ty)=> for<'__steadfast> #ty: ::steadfast::__private::ToolArgument,),
    );
    let mut args: Vec<TokenStream> = fields
        .iter()
        .map(|(ident, ty, docs)| {
            let name = ident.unraw().to_string();
            quote_spanned!(located_at(ty)=> ::steadfast::__private::ArgDef::new::<#ty>(#name, #docs))
        })
        .collect();
    let call = Ident::new("call", Span::mixed_site());
    let locals: Vec<Ident> =
        (0..fields.len()).map(|index| format_ident!("field_{index}", span = Span::mixed_site())).collect();
    let mut taken: Vec<TokenStream> = fields
        .iter()
        .enumerate()
        .map(|(index, (_, ty, _))| quote_spanned!(located_at(ty)=> #call.arg::<#ty>(#index)))
        .collect();
    let mut patterns: Vec<TokenStream> =
        locals.iter().map(|local| quote!(::core::option::Option::Some(#local))).collect();
    if !fields.iter().any(|(ident, ..)| ident.unraw() == INPUT) {
        let index = fields.len();
        args.push(quote!(::steadfast::__private::ArgDef::new::<::std::string::String>(#INPUT, "")));
        taken.push(quote!(#call.arg::<::std::string::String>(#index)));
        patterns.push(quote!(::core::option::Option::Some(_)));
    }
    let names = fields.iter().map(|(ident, ..)| ident);
    let grants = &agent.options.grants;
    let by_default = quote!(::steadfast::__private::ToolOptions::DEFAULT);
    let options = if grants.is_empty() {
        by_default
    } else {
        quote!(::steadfast::__private::ToolOptions { effects: &[#(#grants),*], ..#by_default })
    };
    let sent = fields
        .iter()
        .map(|(_, ty, _)| quote_spanned!(located_at(ty)=> for<'__steadfast> #ty: ::steadfast::__private::Serialize,));
    let bounds: Vec<TokenStream> = bounds.collect();
    let own: Vec<&Ident> = fields.iter().map(|(ident, ..)| *ident).collect();
    let written = fields.iter().zip(&locals).map(|((ident, ty, _), local)| {
        let name = ident.unraw().to_string();
        quote_spanned! {located_at(ty)=>
            (::std::string::String::from(#name), ::steadfast::__private::default_value(#local))
        }
    });
    let cfgs: Vec<_> = cfgs.collect();
    // What a workflow is asked goes by this name, beside the fields.
    let startable = (!fields.iter().any(|(ident, ..)| ident.unraw() == INPUT)).then(|| {
        quote! {
            #(#cfgs)*
            #[automatically_derived]
            impl ::steadfast::__private::Startable for #ident where #(#bounds)* #(#sent)* {
                fn fields(&self) -> ::steadfast::__private::Fields {
                    let Self { #(#own: #locals),* } = self;
                    ::core::iter::FromIterator::from_iter([#(#written),*])
                }
            }
        }
    });
    Some(quote! {
        #startable

        #(#cfgs)*
        #[automatically_derived]
        impl ::steadfast::__private::Tool for #ident where #(#bounds)* {
            const DEF: &'static ::steadfast::__private::ToolDef = &::steadfast::__private::ToolDef {
                name: #name,
                description: #description,
                module: ::core::module_path!(),
                item: #item,
                args: &[#(#args),*],
                states: &[],
                options: #options,
                run: ::steadfast::__private::Runs::Agent(::steadfast::__private::AgentTool {
                    spec: || <Self as ::steadfast::__private::Agent>::SPEC,
                    make: |#call| match (#(#taken,)*) {
                        (#(#patterns,)*) => {
                            ::core::option::Option::Some(::steadfast::__private::Handoff::to(Self { #(#names: #locals),* }))
                        }
                        _ => ::core::option::Option::None,
                    },
                }),
            };
        }
    })
}

/// A name as that of a function, as in the OpenAI Agents SDK.
fn function_name(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    name.to_lowercase()
}

/// What says whether the agent can be started as a workflow, which depends on the types of its fields.
pub(super) fn started(agent: &Agent<'_>) -> Option<TokenStream> {
    is_callable(agent).then(|| {
        quote! {
            fn as_workflow() -> ::core::option::Option<&'static ::steadfast::__private::ToolDef> {
                #[allow(unused_imports)]
                use ::steadfast::__private::{NotStarted as _, Started as _};
                (&::steadfast::__private::Probe::<Self>::default()).def()
            }

            fn as_input(&self) -> ::core::option::Option<::steadfast::__private::Fields> {
                #[allow(unused_imports)]
                use ::steadfast::__private::{NotStarted as _, Started as _};
                (&::steadfast::__private::Probe::<Self>::default()).fields(self)
            }
        }
    })
}

/// Whether there is one name and one list of arguments for it.
fn is_callable(agent: &Agent<'_>) -> bool {
    let has_cfg = |attrs: &[syn::Attribute]| attrs.iter().any(|attr| attr.path().is_ident("cfg"));
    agent.original.generics.params.is_empty() && !agent.original.fields.iter().any(|field| has_cfg(&field.attrs))
}
