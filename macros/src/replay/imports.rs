//! The `use`s of a body, by which a path there may be the end of a longer one.
//!
//! Those of the file show in no macro's input.

use syn::{Block, Ident, Item, Path, PathSegment, Stmt, UseTree, ext::IdentExt};

/// What names that are brought in stand for.
#[derive(Clone, Default)]
pub(super) struct Imports(Vec<(Ident, Vec<Ident>)>);

impl Imports {
    /// Takes in what a block brings in: for all of it, wherever it stands.
    pub(super) fn take_in(&mut self, block: &Block) {
        for statement in &block.stmts {
            if let Stmt::Item(Item::Use(item)) = statement {
                self.add(&item.tree, &[]);
            }
        }
    }

    fn add(&mut self, tree: &UseTree, prefix: &[Ident]) {
        let with = |last: &Ident| prefix.iter().cloned().chain([last.clone()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(tree) => self.add(&tree.tree, &with(&tree.ident)),
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.add(tree, prefix)),
            UseTree::Name(tree) if tree.ident == "self" => {
                if let Some(name) = prefix.last() {
                    self.0.push((name.clone(), prefix.to_vec()));
                }
            }
            UseTree::Name(tree) => self.0.push((tree.ident.clone(), with(&tree.ident))),
            UseTree::Rename(tree) if tree.ident == "self" => self.0.push((tree.rename.clone(), prefix.to_vec())),
            UseTree::Rename(tree) => self.0.push((tree.rename.clone(), with(&tree.ident))),
            // It may be anything.
            UseTree::Glob(_) => {}
        }
    }

    /// The path as it is from everywhere.
    pub(super) fn whole(&self, path: &Path) -> Path {
        let mut whole = path.clone();
        let first = path.segments.first().filter(|_| path.leading_colon.is_none());
        let import = first.and_then(|first| self.0.iter().rev().find(|(name, _)| first.ident == *name));
        if let (Some((_, stands_for)), Some(first)) = (import, first) {
            let mut segments: Vec<_> = stands_for.iter().map(|name| PathSegment::from(name.unraw())).collect();
            if let Some(last) = segments.last_mut() {
                last.arguments = first.arguments.clone();
            }
            whole.segments = segments.into_iter().chain(path.segments.iter().skip(1).cloned()).collect();
        }
        whole
    }
}
