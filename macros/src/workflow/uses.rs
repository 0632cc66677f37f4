//! The `use`s and other items inside a workflow's body, for a path found there has to be written elsewhere too.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{GenericArgument, Item, ItemUse, Path, PathArguments, Type, UseTree, ext::IdentExt};

/// The names that mean something in the body which they do not mean outside.
#[derive(Default)]
pub(crate) struct Names {
    /// Can be said again elsewhere.
    imported: Vec<Import>,
    /// Cannot be named elsewhere at all.
    declared: Vec<Ident>,
}

struct Import {
    /// What it brings in; `None` for a glob.
    name: Option<Ident>,
    first: Option<Ident>,
    tokens: TokenStream,
}

impl Names {
    pub(crate) fn add(&mut self, item: &Item) {
        let name = match item {
            Item::Use(item) => {
                let prefix = item.leading_colon.map(|colons| quote!(#colons)).unwrap_or_default();
                self.add_tree(item, &item.tree, &prefix, None);
                return;
            }
            Item::Struct(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Mod(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            _ => return,
        };
        self.declared.push(name.clone());
    }

    fn add_tree(&mut self, item: &ItemUse, tree: &UseTree, prefix: &TokenStream, first: Option<&Ident>) {
        match tree {
            UseTree::Path(tree) => {
                let (ident, colons) = (&tree.ident, &tree.colon2_token);
                self.add_tree(item, &tree.tree, &quote!(#prefix #ident #colons), first.or(Some(ident)));
            }
            UseTree::Group(tree) => {
                for tree in &tree.items {
                    self.add_tree(item, tree, prefix, first);
                }
            }
            UseTree::Name(tree) if tree.ident == "self" => {
                let braces = quote!({ self });
                let name = prefix.clone().into_iter().filter_map(as_ident).last();
                self.import(item, name, first, &quote!(#prefix #braces));
            }
            UseTree::Name(tree) => {
                let ident = &tree.ident;
                self.import(item, Some(ident.clone()), first.or(Some(ident)), &quote!(#prefix #ident));
            }
            UseTree::Rename(tree) => {
                let (ident, name) = (&tree.ident, &tree.rename);
                let path =
                    if ident == "self" { quote!(#prefix { self as #name }) } else { quote!(#prefix #ident as #name) };
                self.import(item, Some(name.clone()), first.or(Some(ident)), &path);
            }
            UseTree::Glob(_) => self.import(item, None, first, &quote!(#prefix *)),
        }
    }

    fn import(&mut self, item: &ItemUse, name: Option<Ident>, first: Option<&Ident>, path: &TokenStream) {
        // The same name brought in twice, in two blocks, would be one too many in a single one.
        if name.is_some() && self.imported.iter().any(|known| known.name == name) {
            return;
        }
        let cfgs = item.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
        let tokens = quote!(#(#cfgs)* use #path;);
        self.imported.push(Import { name, first: first.cloned(), tokens });
    }

    /// Whether the path can be written outside the body.
    pub(crate) fn reaches(&self, path: &Path) -> bool {
        !beginnings(path).into_iter().any(|first| self.declared.contains(first))
    }

    /// The imports that one or more of `paths` may need.
    pub(crate) fn needed<'a>(self, paths: impl Iterator<Item = &'a Path>) -> Vec<TokenStream> {
        let mut wanted: Vec<Ident> = paths.flat_map(beginnings).map(Ident::unraw).collect();
        // An import may itself build on another one.
        let mut at = 0;
        while let Some(name) = wanted.get(at).cloned() {
            let builds_on = self.imported.iter().filter(|import| import.name.as_ref().is_none_or(|n| *n == name));
            for first in builds_on.filter_map(|import| import.first.clone()) {
                if !wanted.contains(&first) {
                    wanted.push(first);
                }
            }
            at += 1;
        }
        let needed = self.imported.into_iter().filter(|import| {
            import.name.as_ref().is_none_or(|name| wanted.contains(name))
                && !import.first.as_ref().is_some_and(|first| self.declared.contains(first))
        });
        if wanted.is_empty() { Vec::new() } else { needed.map(|import| import.tokens).collect() }
    }
}

/// The names that the path begins with, and those that its generic arguments begin with.
fn beginnings(path: &Path) -> Vec<&Ident> {
    let first = path.segments.first().filter(|_| path.leading_colon.is_none());
    let mut names: Vec<&Ident> = first.map(|first| &first.ident).into_iter().collect();
    for segment in &path.segments {
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { continue };
        for argument in &arguments.args {
            if let GenericArgument::Type(Type::Path(ty)) = argument {
                names.extend(beginnings(&ty.path));
            }
        }
    }
    names
}

fn as_ident(token: proc_macro2::TokenTree) -> Option<Ident> {
    match token {
        proc_macro2::TokenTree::Ident(ident) => Some(ident),
        _ => None,
    }
}
