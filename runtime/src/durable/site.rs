//! What the workflows and the activities of one worker share.

use super::{ByReference, prompt::Prompts};
use crate::app::Registry;
use std::sync::Arc;

/// Where workflows and activities run.
pub(crate) struct Site {
    pub(crate) registry: Arc<Registry>,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) by_reference: ByReference,
}

impl Site {
    pub(crate) fn new(registry: Arc<Registry>, by_reference: ByReference) -> Arc<Self> {
        Arc::new(Self { registry, prompts: Arc::new(Prompts::new(by_reference.cache)), by_reference })
    }
}
