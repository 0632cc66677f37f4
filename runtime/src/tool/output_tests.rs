//! The JSON of outputs, there and back.

use super::*;
use serde_json::json;

#[test]
fn each_part_is_as_the_responses_api_has_it() {
    let new = ToolOutput::new;
    let cases = [
        (new(), json!([])),
        (new().text("a"), json!([{"type": "input_text", "text": "a"}])),
        ("a".into(), json!([{"type": "input_text", "text": "a"}])),
        ("a".to_owned().into(), json!([{"type": "input_text", "text": "a"}])),
        (
            new().image(b"\xffpng", "image/png"),
            json!([{"type": "input_image", "image_url": "data:image/png;base64,/3BuZw=="}]),
        ),
        (new().image_url("https://x.example/a"), json!([{"type": "input_image", "image_url": "https://x.example/a"}])),
        (new().image_file("file-1"), json!([{"type": "input_image", "file_id": "file-1"}])),
        (
            new().file("hi", "text/plain", "a.txt"),
            json!([{"type": "input_file", "file_data": "data:text/plain;base64,aGk=", "filename": "a.txt"}]),
        ),
        (new().file_url("https://x.example/a"), json!([{"type": "input_file", "file_url": "https://x.example/a"}])),
        (new().file_id("file-1"), json!([{"type": "input_file", "file_id": "file-1"}])),
        // The detail is that of the last image, wherever it is said.
        (new().detail(Detail::High).text("a").detail(Detail::High), json!([{"type": "input_text", "text": "a"}])),
        (
            new().image_url("a").image_url("b").text("c").detail(Detail::Low).image_file("d").detail(Detail::Auto),
            json!([
                {"type": "input_image", "image_url": "a"},
                {"type": "input_image", "image_url": "b", "detail": "low"},
                {"type": "input_text", "text": "c"},
                {"type": "input_image", "file_id": "d", "detail": "auto"},
            ]),
        ),
    ];
    for (output, parts) in cases {
        let wire = serde_json::to_value(&output).expect("outputs serialise");
        assert_eq!(wire, json!({"steadfast.output": parts}));
        assert_eq!(serde_json::from_value::<ToolOutput>(wire.clone()).expect("it is read back"), output);
        assert_eq!(ToolOutput::read(&wire), Some(output));
        let told = if parts == json!([]) { json!("") } else { parts };
        assert_eq!(ToolOutput::told(wire), Ok(told));
    }
}

#[test]
fn nothing_else_is_taken_for_one() {
    let part = json!({"type": "input_text", "text": "a"});
    for result in [
        json!(null),
        json!("steadfast.output"),
        json!([]),
        json!([[]]),
        json!([[part]]),
        json!([part]),
        json!({}),
        json!({"output": [part]}),
        json!({"steadfast.output": [part], "more": 1}),
        json!({"steadfast.output": part}),
        json!({"steadfast.output": "a"}),
        json!({"steadfast.output": null}),
        json!({"steadfast.output": ["a"]}),
        json!({"steadfast.output": [["input_text", "a"]]}),
        json!({"steadfast.output": [part, {"type": "input_text"}]}),
        json!({"steadfast.output": [{"type": "input_image"}]}),
        json!({"steadfast.output": [{"type": "input_image", "image_url": 5}]}),
        json!({"steadfast.output": [{"type": "input_file", "filename": "a"}]}),
        json!({"steadfast.output": [{"type": "input_video", "url": "a"}]}),
    ] {
        assert_eq!(ToolOutput::read(&result), None, "{result}");
        assert_eq!(ToolOutput::told(result.clone()), Err(result));
    }
}

#[test]
fn its_text_leaves_out_the_rest() {
    let cases = [
        (ToolOutput::new(), "", true),
        (ToolOutput::new().text("a").text("b"), "a\nb", true),
        (ToolOutput::new().text("a").image_url("u").text("b"), "a\nb", false),
        (ToolOutput::new().file_id("f"), "", false),
    ];
    for (output, text, is_all) in cases {
        assert_eq!(output.to_text(), text);
        assert_eq!(output.only_text(), is_all.then(|| text.to_owned()));
    }
}
