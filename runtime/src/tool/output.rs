//! A result that is more than text: images and files, which a model sees as such.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The one key of an output in JSON. A dot and the crate's name: no result has it by accident.
const KEY: &str = "steadfast.output";

/// What a tool returns where text is not enough: texts, images and files, in the order they are added.
///
/// ```
/// use steadfast::{prelude::*, tool::Detail};
///
/// /// Draws the sales of a year.
/// #[tool]
/// fn chart(year: u16) -> ToolOutput {
///     let png = [0x89, b'P', b'N', b'G'];
///     ToolOutput::new()
///         .text(format!("Sales of {year}"))
///         .image(png, "image/png")
///         .detail(Detail::Low)
///         .file("month,sales\n1,7\n", "text/csv", "sales.csv")
/// }
///
/// assert_eq!(chart(2025).to_text(), "Sales of 2025");
/// ```
///
/// Over the Responses API they are the output of the call. In Chat Completions a tool's message holds only text, so
/// images and files follow in a message of the user that names the call; an image by the id of a file and a file by its
/// URL, which that API has no place for, are named in the text.
///
/// A workflow that calls the tool itself gets the output back as it is. Where a tool's output is the answer of the run
/// (`tool_use_behavior`), that answer is [its text](Self::to_text).
///
/// Bytes are recorded with the conversation, a third larger than they are, and count in every limit of it. What is
/// large is better given by its URL or as an uploaded file, or needs a blob store (`App::blobs`), where it is kept
/// whole: unlike a long text, it has no beginning that says anything. With `max_output`, the size of an output is that
/// of its texts and of the JSON of everything else; only texts are cut, and where the rest alone is too large, that is
/// an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolOutput {
    #[serde(rename = "steadfast.output")]
    parts: Vec<OutputPart>,
}

/// How closely a model looks at an image, which is also what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Detail {
    /// At a small copy of it.
    Low,
    /// At all of it.
    High,
    /// As the model thinks fit, which is also what happens where nothing is said.
    Auto,
}

/// One part, as the Responses API writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum OutputPart {
    #[serde(rename = "input_text")]
    Text { text: String },
    #[serde(rename = "input_image")]
    Image {
        #[serde(flatten)]
        image: Image,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<Detail>,
    },
    #[serde(rename = "input_file")]
    File {
        #[serde(flatten)]
        file: File,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
}

/// Where an image is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Image {
    #[serde(rename = "image_url")]
    Url(String),
    #[serde(rename = "file_id")]
    Id(String),
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum File {
    #[serde(rename = "file_data")]
    Data(String),
    #[serde(rename = "file_url")]
    Url(String),
    #[serde(rename = "file_id")]
    Id(String),
}

impl ToolOutput {
    /// An output with nothing in it, which a model sees as an empty text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(OutputPart::Text { text: text.into() })
    }

    /// Adds an image of this media type, such as `image/png`.
    #[must_use]
    pub fn image(self, bytes: impl AsRef<[u8]>, media_type: &str) -> Self {
        self.image_url(data_url(bytes.as_ref(), media_type))
    }

    /// Adds an image that the model's provider gets from this address.
    #[must_use]
    pub fn image_url(self, url: impl Into<String>) -> Self {
        self.with(OutputPart::Image { image: Image::Url(url.into()), detail: None })
    }

    /// Adds an image that was uploaded to the model's provider, by the id it got there.
    #[must_use]
    pub fn image_file(self, file_id: impl Into<String>) -> Self {
        self.with(OutputPart::Image { image: Image::Id(file_id.into()), detail: None })
    }

    /// Says how closely the model is to look at the image added last; without an image, it says nothing.
    #[must_use]
    pub fn detail(mut self, how: Detail) -> Self {
        let last = self.parts.iter_mut().rev().find_map(|part| match part {
            OutputPart::Image { detail, .. } => Some(detail),
            _ => None,
        });
        if let Some(detail) = last {
            *detail = Some(how);
        }
        self
    }

    /// Adds a file of this media type, such as `application/pdf`, under a name that tells the model what it is.
    #[must_use]
    pub fn file(self, bytes: impl AsRef<[u8]>, media_type: &str, filename: impl Into<String>) -> Self {
        let file = File::Data(data_url(bytes.as_ref(), media_type));
        self.with(OutputPart::File { file, filename: Some(filename.into()) })
    }

    /// Adds a file that the model's provider gets from this address.
    #[must_use]
    pub fn file_url(self, url: impl Into<String>) -> Self {
        self.with(OutputPart::File { file: File::Url(url.into()), filename: None })
    }

    /// Adds a file that was uploaded to the model's provider, by the id it got there.
    #[must_use]
    pub fn file_id(self, id: impl Into<String>) -> Self {
        self.with(OutputPart::File { file: File::Id(id.into()), filename: None })
    }

    fn with(mut self, part: OutputPart) -> Self {
        self.parts.push(part);
        self
    }

    /// Its texts, each on a line of its own; images and files are left out.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.parts.iter().filter_map(OutputPart::as_text).collect::<Vec<_>>().join("\n")
    }

    /// The same, if there is nothing but text in it.
    pub(crate) fn only_text(&self) -> Option<String> {
        self.parts.iter().all(|part| part.as_text().is_some()).then(|| self.to_text())
    }

    /// Reads the result of a tool that returned such an output.
    pub(crate) fn read(result: &Value) -> Option<Self> {
        // Serde would also take lists for what has fields, and an ordinary result may be any list.
        let parts = result.as_object()?.get(KEY)?.as_array()?;
        if !parts.iter().all(Value::is_object) {
            return None;
        }
        Self::deserialize(result).ok()
    }

    /// What a model is told of the result of a tool that returned such an output; the result of another comes back.
    pub(crate) fn told(mut result: Value) -> Result<Value, Value> {
        match Self::read(&result) {
            None => Err(result),
            // Nobody says what a list of no parts means.
            Some(output) if output.parts.is_empty() => Ok("".into()),
            Some(_) => Ok(result[KEY].take()),
        }
    }

    /// The bytes of its texts, and those of the JSON of everything else.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        let (mut texts, mut rest) = (0, 0);
        for part in &self.parts {
            match part.as_text() {
                Some(text) => texts += text.len(),
                // What does not serialise is never sent, so it takes no room.
                None => rest += serde_json::to_string(part).map_or(0, |json| json.len()),
            }
        }
        (texts, rest)
    }

    /// Cuts its texts, from the first one on, so that together they have at most `room` bytes and a note for each cut.
    pub(crate) fn cut_texts(&mut self, mut room: usize, cut: impl Fn(&mut String, usize)) {
        for part in &mut self.parts {
            if let OutputPart::Text { text } = part {
                let left = room.saturating_sub(text.len());
                if text.len() > room {
                    cut(text, room);
                }
                room = left;
            }
        }
    }
}

impl OutputPart {
    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            _ => None,
        }
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self::new().text(text)
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::new().text(text)
    }
}

fn data_url(bytes: &[u8], media_type: &str) -> String {
    format!("data:{media_type};base64,{}", STANDARD.encode(bytes))
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
