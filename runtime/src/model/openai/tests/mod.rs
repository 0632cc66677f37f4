//! Both APIs against a server that sends raw bytes, so that nothing polite stands in between.

mod answers;
mod failures;
mod pacing;
mod requests;
mod streams;
mod transport;

use super::{Endpoint, Http, OpenAi, Timeouts};
use crate::model::{Item, Model, ModelError, ModelRequest, ModelResponse};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const KEY: &str = "sk-secret-0123456789";

/// What the raw server does after it has read a request; then it closes the connection.
#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    Wait(Duration),
}

/// A server that treats every request alike.
struct Raw {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    async fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/v1", listener.local_addr().expect("it is bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (steps, log) = (steps.clone(), Arc::clone(&log));
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await;
                    log.lock().expect("not poisoned").push(request);
                    for step in steps {
                        match step {
                            Step::Send(bytes) => drop(stream.write_all(&bytes).await),
                            Step::Wait(time) => tokio::time::sleep(time).await,
                        }
                    }
                });
            }
        });
        Self { url, requests }
    }

    async fn sending(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::start(vec![Step::Send(http(status, headers, body))]).await
    }

    fn seen(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece).await.unwrap_or_default();
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length = |head: &str| {
            let line =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            line.and_then(|length| length.parse::<usize>().ok()).unwrap_or_default()
        };
        match text.split_once("\r\n\r\n") {
            Some((head, body)) if body.len() >= length(head) => return text,
            _ if read == 0 => return text,
            _ => {}
        }
    }
}

fn http(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn impatient() -> Timeouts {
    let short = Duration::from_millis(300);
    Timeouts { connect: short, idle: short, total: short }
}

fn responses(url: &str, timeouts: Timeouts) -> OpenAi {
    OpenAi::responses(endpoint(url), &Http::new(timeouts).expect("a client"))
}

fn chat(url: &str, timeouts: Timeouts) -> OpenAi {
    OpenAi::chat_completions(endpoint(url), &Http::new(timeouts).expect("a client"))
}

fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(url).expect("a URL").with_key(KEY.to_owned().into()).expect("a key")
}

fn hello() -> ModelRequest {
    ModelRequest { model: "m".to_owned(), input: vec![Item::user("hi")].into(), ..ModelRequest::default() }
}

async fn ask(model: OpenAi) -> Result<ModelResponse, ModelError> {
    model.respond(hello()).await
}

/// What either API makes of the answer `body`.
async fn parsed(make: fn(&str, Timeouts) -> OpenAi, body: &Value) -> Result<ModelResponse, ModelError> {
    let server = Raw::sending(200, &[("content-type", "application/json")], &body.to_string()).await;
    ask(make(&server.url, Timeouts::default())).await
}
