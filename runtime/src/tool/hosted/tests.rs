//! The JSON of each tool, with every option.

use super::{
    Background, CodeInterpreter, ContextSize, FileSearch, Hosted, HostedMcp, HostedTool, ImageFormat, ImageGeneration,
    Quality, WebSearch,
};
use serde_json::{Value, json};

fn sent(tool: impl HostedTool) -> Value {
    let hosted: Hosted = tool.into();
    serde_json::to_value(hosted).expect("it serialises")
}

#[test]
fn every_option_is_sent_as_the_api_names_it() {
    let filter = json!({"type": "eq", "key": "region", "value": "eu"});
    let mcp = || HostedMcp::new("docs", "https://mcp.example.org");
    let cases = [
        (sent(WebSearch::new()), json!({"type": "web_search"})),
        (
            sent(WebSearch::new().allowed_domains(["a.example", "b.example"]).context_size(ContextSize::High)),
            json!({"type": "web_search", "filters": {"allowed_domains": ["a.example", "b.example"]},
                   "search_context_size": "high"}),
        ),
        (
            sent(WebSearch::new().city("Lisbon").region("Lisboa").country("PT").timezone("Europe/Lisbon")),
            json!({"type": "web_search", "user_location": {"type": "approximate", "city": "Lisbon",
                   "region": "Lisboa", "country": "PT", "timezone": "Europe/Lisbon"}}),
        ),
        (
            sent(WebSearch::new().context_size(ContextSize::Low).context_size(ContextSize::Medium)),
            json!({"type": "web_search", "search_context_size": "medium"}),
        ),
        (
            sent(WebSearch::new().option("external_web_access", false)),
            json!({"type": "web_search", "external_web_access": false}),
        ),
        (sent(FileSearch::new(["vs_1"])), json!({"type": "file_search", "vector_store_ids": ["vs_1"]})),
        (
            sent(
                FileSearch::new(vec!["vs_1".to_owned()])
                    .max_results(5)
                    .ranker("auto")
                    .score_threshold(0.5)
                    .filters(filter.clone()),
            ),
            json!({"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 5,
                   "ranking_options": {"ranker": "auto", "score_threshold": 0.5}, "filters": filter}),
        ),
        (sent(CodeInterpreter::new()), json!({"type": "code_interpreter", "container": {"type": "auto"}})),
        (
            sent(CodeInterpreter::new().container("cntr_1").file_ids(["file_1"])),
            json!({"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file_1"]}}),
        ),
        (
            sent(CodeInterpreter::new().memory_limit("4g").file_ids(["file_1"])),
            json!({
                "type": "code_interpreter",
                "container": {"type": "auto", "memory_limit": "4g", "file_ids": ["file_1"]},
            }),
        ),
        (
            sent(WebSearch::new().option("user_location", 5).city("Lisbon")),
            json!({"type": "web_search", "user_location": {"type": "approximate", "city": "Lisbon"}}),
        ),
        (
            sent(CodeInterpreter::new().file_ids(["file_1"]).container("cntr_1")),
            json!({"type": "code_interpreter", "container": "cntr_1"}),
        ),
        (sent(ImageGeneration::new()), json!({"type": "image_generation"})),
        (
            sent(
                ImageGeneration::new()
                    .size("1024x1536")
                    .quality(Quality::Low)
                    .background(Background::Transparent)
                    .format(ImageFormat::Webp)
                    .compression(60)
                    .model("gpt-image-1"),
            ),
            json!({"type": "image_generation", "size": "1024x1536", "quality": "low", "background": "transparent",
                   "output_format": "webp", "output_compression": 60, "model": "gpt-image-1"}),
        ),
        (
            sent(
                mcp()
                    .description("Documents.")
                    .authorization("secret")
                    .headers([("x-key", "k")])
                    .allowed_tools(["search"]),
            ),
            json!({"type": "mcp", "server_label": "docs", "server_url": "https://mcp.example.org",
                   "server_description": "Documents.", "authorization": "secret", "headers": {"x-key": "k"},
                   "allowed_tools": ["search"]}),
        ),
        (
            sent(HostedMcp::connector("mail", "connector_gmail").never_ask()),
            json!({"type": "mcp", "server_label": "mail", "connector_id": "connector_gmail", "require_approval": "never"}),
        ),
        (sent(mcp().always_ask())["require_approval"].clone(), json!("always")),
    ];
    for (sent, expected) in cases {
        assert_eq!(sent, expected);
    }
}

#[test]
fn every_word_of_a_choice_is_the_apis() {
    let quality = |quality| sent(ImageGeneration::new().quality(quality))["quality"].clone();
    assert_eq!([Quality::Low, Quality::Medium, Quality::High].map(quality), ["low", "medium", "high"]);
    let format = |format| sent(ImageGeneration::new().format(format))["output_format"].clone();
    assert_eq!([ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp].map(format), ["png", "jpeg", "webp"]);
    let background = |background| sent(ImageGeneration::new().background(background))["background"].clone();
    assert_eq!([Background::Transparent, Background::Opaque].map(background), ["transparent", "opaque"]);
}

#[test]
fn debug_shows_no_secret() {
    let mcp = HostedMcp::new("docs", "https://user:secret@mcp.example.org").authorization("secret");
    let mcp = mcp.headers([("authorization", "Bearer secret")]);
    let hosted: Hosted = mcp.clone().into();
    let shown = format!("{mcp:?} {hosted:?}");
    assert!(shown.contains("docs") && shown.contains("mcp") && !shown.contains("secret"), "{shown}");
}
