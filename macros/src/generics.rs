//! What a generic agent's types have to be.

use crate::signature::located_at;
use syn::{Generics, ItemStruct, Type, WherePredicate, parse_quote, parse_quote_spanned};

/// The generics of the agent, with what they have to be for it to be one; nothing is asked of the struct itself.
pub(crate) fn generics(original: &ItemStruct, output: Option<&Type>) -> Generics {
    let mut generics = original.generics.clone();
    if !generics.params.is_empty() {
        let bounds = generics.make_where_clause();
        bounds.predicates.push(parse_quote!(Self: ::core::marker::Send + ::core::marker::Sync + 'static));
        let output = output.map(|ty| -> WherePredicate {
            parse_quote_spanned!(located_at(ty)=> #ty: ::steadfast::__private::AgentOutput)
        });
        bounds.predicates.extend(output);
    }
    generics
}
