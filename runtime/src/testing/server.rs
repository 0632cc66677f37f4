//! The HTTP server behind a scripted model.

use super::{Asked, Reply, check, reply::Outcome, streamed, wire};
use crate::model::Provider;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

type Body = BoxBody<Bytes, io::Error>;
type Replies = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// A running scripted model. Dropping it closes its port and all connections, also those that wait for an answer.
pub struct ModelServer {
    address: SocketAddr,
    served: Arc<Served>,
    accepting: JoinHandle<()>,
}

/// What the connections share.
struct Served {
    replies: Replies,
    requests: Mutex<Vec<Asked>>,
    count: watch::Sender<usize>,
}

impl ModelServer {
    pub(super) async fn start(replies: Replies) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let served = Arc::new(Served { replies, requests: Mutex::default(), count: watch::Sender::new(0) });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&served)));
        Ok(Self { address, served, accepting })
    }

    /// Where the APIs are: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// This model as a provider, by the Responses API.
    #[must_use]
    pub fn provider(&self) -> Provider {
        Provider::responses(self.base_url()).api_key("scripted")
    }

    /// This model as a provider, by the Chat Completions API.
    #[must_use]
    pub fn chat_provider(&self) -> Provider {
        Provider::chat_completions(self.base_url()).api_key("scripted")
    }

    /// All requests so far, those that failed included.
    #[must_use]
    pub fn requests(&self) -> Vec<Asked> {
        self.served.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there have been `count` requests, answered or not.
    pub async fn received(&self, count: usize) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self.served.count.subscribe().wait_for(|received| *received >= count).await;
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        // The task owns the connections, which end with it.
        self.accepting.abort();
    }
}

impl fmt::Debug for ModelServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelServer").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, served: Arc<Served>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // A failed accept is the client's affair: it will try again, or report it.
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(serve(stream, Arc::clone(&served)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, served: Arc<Served>) {
    let service = service_fn(move |request| {
        let served = Arc::clone(&served);
        async move { Ok::<_, Infallible>(served.answer(request).await) }
    });
    // A client that hangs up is an error here, and quite usual.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Served {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let asked = Asked {
            path: head.uri.path().to_owned(),
            headers: headers(&head.headers),
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        };
        let number = self.record(asked.clone());

        let route = head.method == hyper::Method::POST
            && matches!(asked.path.as_str(), "/v1/responses" | "/v1/chat/completions");
        let reply = if !route {
            Reply::error(404, &[], &format!("there is no {} {} here", head.method, asked.path))
        } else if let Some(reason) = check::refusal(&asked) {
            Reply::error(400, &[], &reason)
        } else {
            (self.replies)(&asked)
        };

        tokio::time::sleep(reply.delay).await;
        match reply.outcome {
            Outcome::Answer(outputs) if asked.body["stream"] == true => {
                let events = streamed::events(&asked, &outputs, reply.tokens);
                let kind = [("content-type".to_owned(), "text/event-stream; charset=utf-8".to_owned())];
                http_answer(200, &kind, paced(events, reply.pace, reply.breaks_after), number)
            }
            Outcome::Answer(outputs) => {
                http_answer(200, &[], whole(wire::answer(&asked, &outputs, reply.tokens).to_string()), number)
            }
            Outcome::Raw { status, headers, body } => http_answer(status, &headers, whole(body), number),
            Outcome::Hang => std::future::pending().await,
        }
    }

    /// Returns how many requests there have been.
    fn record(&self, asked: Asked) -> usize {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(asked);
        self.count.send_replace(requests.len());
        requests.len()
    }
}

fn headers(headers: &hyper::HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn whole(body: String) -> Body {
    Full::from(body).map_err(|never| match never {}).boxed()
}

/// Events one after the other, to the end or until it breaks.
fn paced(events: Vec<String>, pace: Duration, breaks_after: Option<usize>) -> Body {
    let breaks = breaks_after.map(|_| Err(io::Error::other("the script says so")));
    let events: Vec<_> = events.into_iter().take(breaks_after.unwrap_or(usize::MAX)).map(Ok).chain(breaks).collect();
    let sent = stream::iter(events).enumerate().then(move |(number, event)| async move {
        if number > 0 && !pace.is_zero() {
            tokio::time::sleep(pace).await;
        }
        event.map(|event| Frame::data(Bytes::from(event)))
    });
    BodyExt::boxed(StreamBody::new(sent))
}

fn http_answer(status: u16, headers: &[(String, String)], body: Body, number: usize) -> Response<Body> {
    let mut answer = Response::builder().status(status);
    let has = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if !has("content-type") {
        answer = answer.header("content-type", "application/json");
    }
    if !has("x-request-id") {
        answer = answer.header("x-request-id", format!("req_{number}"));
    }
    for (name, value) in headers {
        answer = answer.header(name, value);
    }
    answer.body(body).unwrap_or_else(|reason| {
        let mut broken = Response::new(whole(format!("the script's status or headers are not legal: {reason}")));
        *broken.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
