//! The scripted model: an HTTP server that speaks as much of the Responses API as the conversation needs.
//!
//! It remembers nothing. How long the conversation is to be stands in the user's message, how far it is follows from
//! the number of tool results, and a request of ten megabytes is answered in about a millisecond.

use crate::Result;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use memchr::memmem;
use serde_json::{Value, json};
use std::convert::Infallible;
use tokio::net::TcpListener;

/// Serves until the process is killed; the first line it prints is its URL.
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/v1", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        // Without this, the answer's last bytes may wait for the client's acknowledgement.
        stream.set_nodelay(true)?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(respond)));
    }
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let (status, answer) = match answer(&body) {
        Some(answer) => (200, answer),
        None => (400, json!({"error": {"message": "this is not the conversation the model was made for"}})),
    };
    let mut response = Response::new(Full::from(answer.to_string()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    Ok(response)
}

fn answer(body: &[u8]) -> Option<Value> {
    let turns = number_after(body, b"turns=")?;
    let bytes = number_after(body, b"bytes=")?;
    let results = memmem::find_iter(body, b"\"function_call_output\"").count();
    let item = if results + 1 < turns {
        let arguments = json!({"page": results, "bytes": bytes}).to_string();
        json!({"type": "function_call", "id": format!("fc_{results}"), "call_id": format!("call_{results}"),
               "status": "completed", "name": "fetch", "arguments": arguments})
    } else {
        json!({"type": "message", "id": format!("msg_{results}"), "status": "completed", "role": "assistant",
               "content": [{"type": "output_text", "text": "done", "annotations": []}]})
    };
    let (input, output) = (body.len() / 4, 20);
    Some(json!({
        "id": format!("resp_{results}"),
        "object": "response",
        "created_at": 1_767_225_600,
        "status": "completed",
        "error": null,
        "incomplete_details": null,
        "model": "scripted",
        "output": [item],
        "parallel_tool_calls": true,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input + output,
        },
    }))
}

fn number_after(body: &[u8], word: &[u8]) -> Option<usize> {
    let rest = &body[memmem::find(body, word)? + word.len()..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_for_pages_until_the_last_turn() {
        let asked = |results: usize| {
            let result = r#"{"type": "function_call_output"}"#;
            let body = format!(r#"{{"input":[{{"content":"turns=3 bytes=100"}},{}]}}"#, result.repeat(results));
            answer(body.as_bytes()).expect("an answer")["output"][0].clone()
        };
        assert_eq!(asked(0)["arguments"], r#"{"page":0,"bytes":100}"#);
        assert_eq!(asked(1)["call_id"], "call_1");
        assert_eq!(asked(2)["content"][0]["text"], "done");
    }

    #[test]
    fn it_refuses_what_it_does_not_understand() {
        assert_eq!(answer(b"{}"), None);
    }
}
