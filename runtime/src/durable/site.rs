//! What the workflows and the activities of one worker share.

use super::{ByReference, codec::blobs::Blobs, prompt::Prompts, sizes::Sizes};
use crate::registry::Registry;
use std::sync::Arc;

/// Where workflows and activities run.
pub(crate) struct Site {
    pub(crate) registry: Arc<Registry>,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) by_reference: ByReference,
    pub(crate) blobs: Option<Blobs>,
}

impl Site {
    pub(crate) fn new(registry: Arc<Registry>, by_reference: ByReference, blobs: Option<Blobs>) -> Arc<Self> {
        Arc::new(Self { registry, prompts: Arc::new(Prompts::new(by_reference.cache)), by_reference, blobs })
    }

    pub(crate) fn sizes(&self) -> Sizes {
        Sizes::with(self.blobs.as_ref())
    }
}
