//! The providers that this crate knows by name.

use super::Dialect;

macro_rules! providers {
    ($($name:literal),* $(,)?) => {
        /// The names, as they stand before the `/` of a model's.
        pub(crate) const NAMES: &[&str] = &[$($name),*];

        fn file(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some(include_str!(concat!("providers/", $name, ".toml"))),)*
                _ => None,
            }
        }
    };
}

providers!(
    "anthropic",
    "azure",
    "azure_v1",
    "deepseek",
    "gemini",
    "groq",
    "llamacpp",
    "ollama",
    "openai",
    "openai_chat",
    "openrouter",
    "vllm",
);

/// The provider of this name, if there is one.
///
/// # Errors
/// When its file is not one, which a test rules out.
pub(crate) fn builtin(name: &str) -> Option<Result<Dialect, String>> {
    file(name).map(Dialect::read)
}
