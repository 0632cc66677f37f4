//! The grammar of `#[workflow(..)]`.

use crate::{
    diag::Errors,
    options::{self, Setting, known},
    values::List,
};
use proc_macro2::TokenStream;
use syn::{LitStr, Path};

/// The options of `#[workflow]`, as written.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<Setting<LitStr>>,
    pub(crate) agents: Option<Setting<List>>,
    pub(crate) tools: Option<Setting<List>>,
    pub(crate) steadfast: Option<Setting<Path>>,
}

impl Args {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let mut table = [
            known("name", "\"weekend\"", &mut args.name),
            known("agents", "[TripPlanner]", &mut args.agents),
            known("tools", "[weather]", &mut args.tools),
            known("crate", "my_crate::steadfast", &mut args.steadfast),
        ];
        options::read("workflow", tokens, &mut table, errors);
        args
    }
}
