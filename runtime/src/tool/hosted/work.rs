//! Running code, and drawing.

use super::{Hosted, HostedTool, hosted, hosted_by_name, set_in, texts};
use crate::{
    model::ToolChoice,
    tool::{Tool, ToolDef},
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Lets the model write Python and run it, in a container at the provider.
///
/// ```
/// use steadfast::{agent, tool::hosted::CodeInterpreter};
///
/// #[agent(model = "gpt-5.6-luna", tools = [CodeInterpreter])]
/// struct Mathematician;
///
/// #[agent(model = "gpt-5.6-luna", tools = [CodeInterpreter::new().file_ids(["file_1"])])]
/// struct Analyst;
/// ```
#[derive(Clone, Debug)]
pub struct CodeInterpreter {
    options: Map<String, Value>,
}

hosted!(CodeInterpreter, "code_interpreter");
hosted_by_name!(CodeInterpreter);

impl CodeInterpreter {
    /// Runs code in a container that the provider makes when it is needed.
    #[must_use]
    pub fn new() -> Self {
        Self { options: Map::new() }.option("container", json!({"type": "auto"}))
    }

    /// Runs code in a container of your own, by its id. It takes the place of [`file_ids`](Self::file_ids), for such a
    /// container has its files already.
    #[must_use]
    pub fn container(self, id: impl Into<String>) -> Self {
        self.option("container", id.into())
    }

    /// Puts these files into the container that the provider makes.
    #[must_use]
    pub fn file_ids<T: Into<String>>(self, ids: impl IntoIterator<Item = T>) -> Self {
        self.in_container("file_ids", texts(ids))
    }

    /// Gives the container that the provider makes so much memory: `1g`, which is what it has by default, `4g`, `16g` or
    /// `64g`.
    #[must_use]
    pub fn memory_limit(self, limit: impl Into<String>) -> Self {
        self.in_container("memory_limit", limit.into().into())
    }

    fn in_container(mut self, key: &str, value: Value) -> Self {
        set_in(&mut self.options, "container", json!({"type": "auto"}), key, value);
        self
    }
}

/// Lets the model draw. The picture is in the answer, in base64.
///
/// A picture of more than about 1.5 MB is larger than what Temporal records at once; in a workflow,
/// [`compression`](Self::compression) and [`Quality::Low`] keep it small, and `App::blobs` puts it elsewhere.
///
/// ```
/// use steadfast::{agent, tool::hosted::{ImageFormat, ImageGeneration, Quality}};
///
/// #[agent(
///     model = "gpt-5.6-luna",
///     tools = [ImageGeneration::new().quality(Quality::Low).format(ImageFormat::Webp).compression(60)],
/// )]
/// struct Illustrator;
/// ```
#[derive(Clone, Debug)]
pub struct ImageGeneration {
    options: Map<String, Value>,
}

/// How good a picture is to be. Left out, the model chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Quick and cheap.
    Low,
    /// In between.
    Medium,
    /// Slow and dear.
    High,
}

/// What is behind a picture. Left out, the model chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// Nothing; only PNG and WebP can say so.
    Transparent,
    /// A colour.
    Opaque,
}

/// The format of a picture. Left out, it is PNG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// Without loss.
    Png,
    /// With loss.
    Jpeg,
    /// With loss, and smaller.
    Webp,
}

hosted!(ImageGeneration, "image_generation");
hosted_by_name!(ImageGeneration);

impl ImageGeneration {
    /// Pictures as the model sees fit.
    #[must_use]
    pub fn new() -> Self {
        Self { options: Map::new() }
    }

    /// How large pictures are, such as `1024x1536`.
    #[must_use]
    pub fn size(self, size: impl Into<String>) -> Self {
        self.option("size", size.into())
    }

    /// How good they are to be.
    #[must_use]
    pub fn quality(self, quality: Quality) -> Self {
        let quality = match quality {
            Quality::Low => "low",
            Quality::Medium => "medium",
            Quality::High => "high",
        };
        self.option("quality", quality)
    }

    /// What is behind them.
    #[must_use]
    pub fn background(self, background: Background) -> Self {
        let background = match background {
            Background::Transparent => "transparent",
            Background::Opaque => "opaque",
        };
        self.option("background", background)
    }

    /// Their format.
    #[must_use]
    pub fn format(self, format: ImageFormat) -> Self {
        let format = match format {
            ImageFormat::Png => "png",
            ImageFormat::Jpeg => "jpeg",
            ImageFormat::Webp => "webp",
        };
        self.option("output_format", format)
    }

    /// How good JPEG and WebP are to be, in percent: 100 loses least.
    #[must_use]
    pub fn compression(self, percent: u8) -> Self {
        self.option("output_compression", percent)
    }

    /// The model that draws, such as `gpt-image-1`.
    #[must_use]
    pub fn model(self, model: impl Into<String>) -> Self {
        self.option("model", model.into())
    }
}
