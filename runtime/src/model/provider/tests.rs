//! Names to providers, keys to headers, and what is said when it fails.

use super::*;
use crate::model::{ModelError, ModelRequest, ModelResponse};
use futures::future::BoxFuture;

struct Echo;

impl Model for Echo {
    fn respond(&self, request: ModelRequest) -> BoxFuture<'_, Result<ModelResponse, ModelError>> {
        Box::pin(async move { Ok(ModelResponse { id: Some(request.model), ..ModelResponse::default() }) })
    }
}

fn nothing_set(_: &str) -> Option<String> {
    None
}

fn key_set(name: &str) -> Option<String> {
    (name == "OPENAI_API_KEY").then(|| "sk-secret".to_owned())
}

fn said(providers: &Providers, model: &str) -> String {
    providers.resolve_in(model, &nothing_set).err().expect("it must fail").to_string()
}

#[test]
fn the_part_before_the_first_slash_names_the_provider() {
    let mut providers = Providers::default();
    providers.add("router", Provider::custom(Echo));
    for (asked, there) in [
        ("gpt-5.6-luna", "gpt-5.6-luna"),
        ("openai/gpt-5.6-luna", "gpt-5.6-luna"),
        ("router/llama", "llama"),
        ("router/meta/llama-4", "meta/llama-4"),
    ] {
        let (_, name) = providers.resolve_in(asked, &key_set).expect(asked);
        assert_eq!(name, there);
    }
}

#[tokio::test]
async fn a_custom_model_is_called_itself() {
    let mut providers = Providers::default();
    providers.add("mine", Provider::custom(Echo));
    let (model, name) = providers.resolve("mine/echo").expect("it is registered");
    let answer = model.respond(ModelRequest { model: name, ..ModelRequest::default() }).await.expect("it echoes");
    assert_eq!(answer.id.as_deref(), Some("echo"));
}

#[test]
fn clients_are_built_once_and_replaced_with_their_provider() {
    let mut providers = Providers::default();
    providers.add("local", Provider::chat_completions("http://localhost:1/v1"));
    let before = providers.clone();
    let (first, _) = providers.resolve("local/a").expect("no key is needed");
    let (second, _) = before.resolve("local/b").expect("no key is needed");
    assert!(Arc::ptr_eq(&first, &second));

    providers.add("local", Provider::custom(Echo));
    let (replaced, _) = providers.resolve("local/a").expect("it is registered");
    let (kept, _) = before.resolve("local/a").expect("the clone has its own list");
    assert!(!Arc::ptr_eq(&first, &replaced));
    assert!(Arc::ptr_eq(&first, &kept));
}

#[test]
fn a_provider_that_lacked_its_key_is_tried_again() {
    let providers = Providers::default();
    assert!(providers.resolve_in("gpt", &nothing_set).is_err());
    assert!(providers.resolve_in("gpt", &key_set).is_ok());
}

#[test]
fn an_unknown_provider_is_told_what_to_write() {
    assert_eq!(
        said(&Providers::default(), "gpus/llama3.2"),
        "the model `gpus/llama3.2` names the provider `gpus`, which is none of `anthropic`, `azure`, `azure_v1`, \
         `deepseek`, `gemini`, `groq`, `llamacpp`, `ollama`, `openai`, `openai_chat`, `openrouter`, `vllm`; \
         add `.provider(\"gpus\", Provider::chat_completions(\"http://localhost:11434/v1\"))`"
    );
}

#[test]
fn a_name_without_a_model_is_refused() {
    for name in ["", "openai/"] {
        let error = said(&Providers::default(), name);
        assert!(error.starts_with(&format!("`{name}` names no model; ")), "{error}");
    }
}

#[test]
fn a_missing_key_matters_to_openai_and_where_a_variable_was_named() {
    let mut providers = Providers::default();
    providers.add("direct", Provider::responses("https://api.openai.com/v1"));
    providers.add("europe", Provider::responses("https://eu.api.openai.com/v1/"));
    providers.add("named", Provider::chat_completions("http://localhost:1/v1").api_key_env("LOCAL_KEY"));
    providers.add("empty", Provider::chat_completions("http://localhost:1/v1").api_key(""));
    providers.add("lookalike", Provider::chat_completions("http://api.openai.com.example/v1"));
    let provider = |name: &str| said(&providers, &format!("{name}/m"));
    assert_eq!(
        provider("openai"),
        "the provider `openai` has no API key; set the environment variable `OPENAI_API_KEY`"
    );
    assert_eq!(provider("named"), "the provider `named` has no API key; set the environment variable `LOCAL_KEY`");
    let add = "has no API key; add `.api_key_env(\"OPENAI_API_KEY\")` to it";
    assert_eq!(provider("direct"), format!("the provider `direct` {add}"));
    assert_eq!(provider("europe"), format!("the provider `europe` {add}"));
    assert!(providers.resolve_in("empty/m", &nothing_set).is_ok());
    assert!(providers.resolve_in("lookalike/m", &nothing_set).is_ok());
}

#[test]
fn another_base_url_needs_no_openai_key() {
    let proxy = |name: &str| (name == "OPENAI_BASE_URL").then(|| "http://localhost:4000".to_owned());
    assert!(Providers::default().resolve_in("gpt", &proxy).is_ok());
}

#[test]
fn what_cannot_be_used_says_why_and_shows_no_key() {
    let mut providers = Providers::default();
    providers.add("pasted", Provider::chat_completions("sk-secret"));
    providers.add("files", Provider::chat_completions("ftp://localhost/v1"));
    providers.add("broken", Provider::responses("http://localhost:1").api_key("sk-secret\nsk-other"));
    for (name, reason) in [("pasted", "base URL"), ("files", "base URL"), ("broken", "line break")] {
        let error = said(&providers, &format!("{name}/m"));
        assert!(error.contains(reason) && error.contains(name) && !error.contains("sk-secret"), "{error}");
    }
}

#[test]
fn limits_that_would_stop_everything_or_nothing_are_mistakes() {
    let local = || Provider::responses("http://localhost:1/v1");
    let mut providers = Providers::default();
    providers.add("a", local().requests_per_minute(0));
    providers.add("b", local().tokens_per_minute(0));
    providers.add("c", Provider::custom(Echo).tokens_per_minute(7));
    providers.add("d", local().requests_per_minute(1).tokens_per_minute(1));
    for (name, reason) in [("a", "`requests_per_minute` is 0"), ("b", "`tokens_per_minute` is 0"), ("c", "your own")] {
        let error = said(&providers, &format!("{name}/m"));
        assert!(error.starts_with(&format!("the provider `{name}` cannot be used: ")), "{error}");
        assert!(error.contains(reason), "{error}");
    }
    assert!(providers.resolve("d/m").is_ok());
}

#[test]
fn debug_shows_no_key_and_no_password() {
    let mut providers = Providers::default();
    let url = "https://user:hunter2@models.example/v1?token=hunter2";
    providers.add("a", Provider::chat_completions(url).api_key("sk-secret"));
    providers.add("b", Provider::responses("sk-secret").api_key_env("B_KEY"));
    let shown = format!("{providers:?}");
    assert!(!shown.contains("sk-secret") && !shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("models.example") && shown.contains("B_KEY"), "{shown}");
}

#[test]
fn equal_timeouts_share_a_pool() {
    let mut providers = Providers::default();
    let quick = Timeouts { total: std::time::Duration::from_secs(1), ..Timeouts::default() };
    for name in ["a", "b"] {
        providers.add(name, Provider::responses("http://localhost:1"));
    }
    providers.add("quick", Provider::responses("http://localhost:1").timeouts(quick));
    for name in ["a/m", "b/m", "quick/m"] {
        providers.resolve(name).expect("no key is needed");
    }
    assert_eq!(providers.pool_count(), 2);
}

#[test]
fn a_variable_names_another_provider_for_models_without_one() {
    let asked = |named: &'static str| {
        move |name: &str| match name {
            DEFAULT_PROVIDER => Some(named.to_owned()),
            "GROQ_API_KEY" => Some("gsk-secret".to_owned()),
            _ => None,
        }
    };
    assert!(Providers::default().resolve_in("gpt", &asked("groq")).is_ok());
    assert!(Providers::default().resolve_in("gpt", &asked("ollama/llama3.2")).is_ok());
    let mut providers = Providers::default();
    providers.add("openai", Provider::named("deepseek"));
    let wrong =
        |providers: &Providers, named| providers.resolve_in("gpt", &asked(named)).err().expect("wrong").to_string();
    assert!(wrong(&providers, "groq").contains("DEEPSEEK_API_KEY"), "the program has the last word");
    let error = wrong(&Providers::default(), "grok");
    assert!(error.contains("no provider is known as `grok`") && error.contains(DEFAULT_PROVIDER), "{error}");
    let error = wrong(&Providers::default(), "nowhere/mine.toml");
    assert!(error.contains("the file `nowhere/mine.toml` is no provider's"), "{error}");
}

#[test]
fn a_provider_that_is_known_needs_its_key_and_its_address() {
    let providers = Providers::default();
    let error = said(&providers, "groq/llama");
    assert_eq!(error, "the provider `groq` has no API key; set the environment variable `GROQ_API_KEY`");
    let error = said(&providers, "azure/gpt");
    assert_eq!(error, "the provider `azure` needs the environment variable `AZURE_OPENAI_ENDPOINT`; set it");
    for local in ["ollama/llama3.2", "vllm/llama", "llamacpp/any"] {
        assert!(providers.resolve_in(local, &nothing_set).is_ok(), "{local}");
    }
    let mut providers = Providers::default();
    providers.add("gateway", Provider::named("anthropic").base_url("http://localhost:1/v1"));
    assert!(providers.resolve_in("gateway/claude", &nothing_set).is_ok(), "another server wants another key");
    providers.add("typo", Provider::named("opanai"));
    assert!(said(&providers, "typo/gpt").contains("no provider is known as `opanai`"));
}

#[test]
fn only_servers_of_the_responses_api_have_hosted_tools() {
    let providers = Providers::default();
    for (model, has) in [("gpt", true), ("azure_v1/gpt", true), ("groq/llama", false), ("ollama/llama", false)] {
        assert_eq!(providers.has_hosted_tools(model), has, "{model}");
    }
}
