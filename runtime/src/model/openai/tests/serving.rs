//! The servers of these tests: they send raw bytes, so that nothing polite stands in between.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How a TLS handshake begins.
const HANDSHAKE: u8 = 0x16;

/// What a server does after it has read a request; then it closes the connection.
#[derive(Clone)]
pub(super) enum Step {
    Send(Vec<u8>),
    /// Sends it over and over, until the other side has had enough.
    Flood(Vec<u8>),
    Wait(Duration),
    /// Ends the connection with a reset rather than in good order.
    Reset,
}

impl Step {
    pub(super) fn send(text: impl Into<String>) -> Self {
        Self::Send(text.into().into_bytes())
    }
}

/// A server that keeps what it is asked.
pub(super) struct Raw {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    /// A server that treats every request alike.
    pub(super) async fn start(steps: Vec<Step>) -> Self {
        Self::following(move |_| steps.clone()).await
    }

    pub(super) async fn sending(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::start(vec![Step::Send(http(status, headers, body))]).await
    }

    async fn following(script: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/v1", listener.local_addr().expect("it is bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, script) = (Arc::clone(&requests), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                tokio::spawn(async move {
                    let request = read_request(&mut stream).await;
                    let steps = script(&request);
                    log.lock().expect("not poisoned").push(request);
                    play(stream, steps).await;
                });
            }
        });
        Self { url, requests }
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

/// One server for many cases: the number at the end of the base URL says which of them is asked for.
pub(super) struct Numbered(Raw);

impl Numbered {
    /// What to send must not keep the connection: one that is used again would mix up two cases.
    pub(super) async fn start(script: impl Fn(usize) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self(Raw::following(move |request| script(number(request))).await)
    }

    pub(super) fn url(&self, case: usize) -> String {
        format!("{}/{case}", self.0.url)
    }

    /// How often each case was asked for.
    pub(super) fn asked(&self) -> BTreeMap<usize, usize> {
        let mut times = BTreeMap::new();
        for request in self.0.requests.lock().expect("not poisoned").iter() {
            *times.entry(number(request)).or_default() += 1;
        }
        times
    }
}

/// The number in `POST /v1/7/responses HTTP/1.1`.
fn number(request: &str) -> usize {
    request.split('/').nth(2).and_then(|number| number.parse().ok()).expect("a request for a numbered case")
}

async fn play(mut stream: TcpStream, steps: Vec<Step>) {
    for step in steps {
        match step {
            Step::Send(bytes) => drop(stream.write_all(&bytes).await),
            Step::Flood(bytes) => while stream.write_all(&bytes).await.is_ok() {},
            Step::Wait(time) => tokio::time::sleep(time).await,
            Step::Reset => return stream.set_zero_linger().expect("a socket that can be reset"),
        }
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
            _ if read == 0 || bytes[0] == HANDSHAKE => return text,
            _ => {}
        }
    }
}

pub(super) fn http(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
