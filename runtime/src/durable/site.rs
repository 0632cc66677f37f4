//! What the workflows and the activities of one worker share.

use super::{ByReference, adapter::Decoy, codec::blobs::Blobs, prompt::Prompts, sizes::Sizes};
use crate::registry::Registry;
use std::sync::Arc;

/// Where workflows and activities run.
pub(crate) struct Site {
    pub(crate) registry: Arc<Registry>,
    pub(crate) prompts: Arc<Prompts>,
    pub(crate) by_reference: ByReference,
    pub(crate) blobs: Option<Blobs>,
    /// What workflows find around their code, where that is looked at.
    pub(crate) decoy: Option<Decoy>,
}

impl Site {
    pub(crate) fn new(registry: Arc<Registry>, by_reference: ByReference, blobs: Option<Blobs>) -> Arc<Self> {
        let decoy = registry.runs_again.then(Decoy::default);
        Arc::new(Self { registry, prompts: Arc::new(Prompts::new(by_reference.cache)), by_reference, blobs, decoy })
    }

    pub(crate) fn sizes(&self) -> Sizes {
        Sizes::with(self.blobs.as_ref())
    }
}
