//! One attempt over HTTP: sent once, to the host it was meant for, within its time, and no more than 8 MB read.

use super::{
    Endpoint, error,
    events::Events,
    folded::{Folded, Folding},
};
use crate::model::{
    ModelError, ModelErrorClass as Class, OnText,
    pace::{Limits, Pace, Pass},
};
use async_openai::{Client, middleware::HttpRequestFactory};
use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::{
    Body, Request, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use std::{
    fmt,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::time::timeout;
use tower::{BoxError, Service};

/// How much of an answer is read. A model's longest text is a few hundred kilobytes.
const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// How much of a stream is read. Each token of it has some 300 bytes of JSON around it.
const STREAM_LIMIT: usize = 32 * BODY_LIMIT;
/// How long the rest of a stream is waited for once the answer is complete: a connection that is read to its end is used
/// again.
const REST: Duration = Duration::from_millis(20);

/// How long a model call may take.
///
/// There is no limit of its own on the wait for the first byte: a reasoning model that does not stream is silent
/// until it has finished, which can take minutes. A peer that is gone is noticed by TCP keep-alive within about
/// a minute, and `total` ends everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timeouts {
    /// To open a connection, TLS included. 5 seconds unless set.
    pub connect: Duration,
    /// Between two pieces of an answer, once its body has begun; of one that is streamed, while it is being written, since a
    /// model may think for a while between two texts. 30 seconds unless set.
    pub idle: Duration,
    /// From the start to the last byte. 600 seconds unless set.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), idle: Duration::from_secs(30), total: Duration::from_mins(10) }
    }
}

/// The head of an answer that came as a success, once there is one: the crate hands on only the body.
pub(super) type Opening = Arc<OnceLock<(StatusCode, HeaderMap)>>;

/// A connection pool and the limits of each request through it; clones share the pool.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pool: reqwest::Client,
    timeouts: Timeouts,
    /// How fast its client asks. It is a client's own, unless it is that of the pool itself.
    pace: Arc<Pace>,
    /// Whoever is told of an answer that is streamed.
    heard: Option<Heard>,
    /// Where the head of the answer is kept, in what serves one call.
    opening: Opening,
}

/// How a stream is put together, and who is told of it on its way.
#[derive(Clone)]
struct Heard {
    folded: Arc<dyn Fn() -> Folded + Send + Sync>,
    on_text: OnText,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Heard")
    }
}

impl Http {
    /// A new pool.
    ///
    /// # Errors
    ///
    /// When the system's root certificates cannot be used.
    pub(crate) fn new(timeouts: Timeouts) -> Result<Self, ModelError> {
        crate::tls::ensure_provider();
        let pool = reqwest::Client::builder()
            .user_agent(concat!("steadfast/", env!("CARGO_PKG_VERSION")))
            // A redirect would hand the prompt to a host nobody chose.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(timeouts.connect)
            .build()
            .map_err(|error| error::from_transport(&error, "the HTTP client could not be made"))?;
        Ok(Self { pool, timeouts, pace: Arc::default(), heard: None, opening: Opening::default() })
    }

    /// The timeouts of this pool.
    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The same for one provider, asked no faster than its limits allow.
    pub(crate) fn paced(&self, limits: Limits) -> Self {
        Self { pace: Arc::new(Pace::new(limits)), ..self.clone() }
    }

    /// A client of `endpoint` that sends through this pool.
    pub(super) fn client(&self, endpoint: Endpoint) -> Client<Endpoint> {
        Client::build(self.pool.clone(), endpoint).with_http_service(self.clone())
    }

    /// The same, for one call, the head of whose answer is left in `opening`.
    pub(super) fn keeping(&self, opening: &Opening) -> Self {
        Self { opening: Arc::clone(opening), ..self.clone() }
    }

    /// The same, for answers that are streamed.
    pub(super) fn heard_by(&self, folded: Arc<dyn Fn() -> Folded + Send + Sync>, on_text: OnText) -> Self {
        Self { heard: Some(Heard { folded, on_text }), ..self.clone() }
    }

    async fn attempt(&self, factory: HttpRequestFactory) -> Result<Response, ModelError> {
        let request = factory.build().await.map_err(error::from_client)?;
        let host = host(&request);
        let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
        let pass = self.pace.admit(&host, body).await?;
        self.send(request, &host, &pass).await.inspect_err(|error| pass.failed(error))
    }

    async fn send(&self, request: Request, host: &str, pass: &Pass) -> Result<Response, ModelError> {
        let started = Instant::now();

        let mut response = match timeout(self.timeouts.total, self.pool.execute(request)).await {
            Ok(sent) => sent.map_err(|error| error::from_transport(&error, &format!("no answer from `{host}`")))?,
            Err(_) => return Err(late(host, "an answer", self.timeouts.total)),
        };
        pass.heard(response.headers());

        let left = self.timeouts.total.saturating_sub(started.elapsed());
        let status = response.status();
        if !status.is_success() {
            // The status matters more than the text: a slow or broken body must not cost it.
            let body = timeout(left.min(self.timeouts.idle), self.read(&mut response, host)).await;
            let body = body.ok().and_then(Result::ok).unwrap_or_default();
            return Err(error::from_status(status, response.headers(), &body));
        }

        let body = match timeout(left, self.read_any(&mut response, host)).await {
            Ok(read) => read,
            Err(_) => Err(late(host, "the end of an answer", self.timeouts.total)),
        };
        let body = body.map_err(|error| error::with_head(error, status, response.headers()))?;
        error::check_success(status, response.headers(), &body)?;
        pass.answered(&body);

        // It is another's only if a client serves several calls, and none does.
        let _ = self.opening.set((status, response.headers().clone()));
        let mut whole = ::http::Response::new(Body::from(body));
        *whole.status_mut() = status;
        *whole.headers_mut() = response.headers().clone();
        Ok(whole.into())
    }

    /// The body of an answer, or what it would be if it were not streamed.
    async fn read_any(&self, response: &mut Response, host: &str) -> Result<Vec<u8>, ModelError> {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        match &self.heard {
            // Some gateways send an error as JSON, whatever was asked for; and whoever sends a page is no gateway at all.
            Some(heard) if !kind.contains("json") && !kind.contains("html") => self.fold(response, host, heard).await,
            _ => self.read(response, host).await,
        }
    }

    /// Reads a stream to the end of the answer.
    async fn fold(&self, response: &mut Response, host: &str, heard: &Heard) -> Result<Vec<u8>, ModelError> {
        let no_events = |_| ModelError::new(Class::Malformed, format!("`{host}` streams what are no events"));
        let (mut events, mut folded) = (Events::default(), (heard.folded)());
        let (mut is_writing, mut read) = (false, 0);
        loop {
            let patience = if is_writing { self.timeouts.idle } else { self.timeouts.total };
            let Some(piece) = self.piece(response, host, patience).await? else { break };
            read += piece.len();
            if read > STREAM_LIMIT {
                return Err(too_large(host, STREAM_LIMIT));
            }
            events.push(&piece);
            while let Some(data) = events.next().map_err(no_events)? {
                match folded.take(data, &heard.on_text)? {
                    Folding::Goes { writing } => is_writing = writing,
                    Folding::Ended(body) => {
                        let rest = async { while let Ok(Some(_)) = response.chunk().await {} };
                        let _ = timeout(REST, rest).await;
                        return Ok(body);
                    }
                }
            }
        }
        events.end().map_err(no_events)?;
        folded.failed().ok_or_else(|| error::cut_off(host))
    }

    /// The next piece of an answer.
    async fn piece(
        &self,
        response: &mut Response,
        host: &str,
        patience: Duration,
    ) -> Result<Option<Bytes>, ModelError> {
        let piece = timeout(patience, response.chunk()).await.map_err(|_| late(host, "more of an answer", patience))?;
        piece.map_err(|error| error::from_transport(&error, &format!("the answer of `{host}` broke off")))
    }

    async fn read(&self, response: &mut Response, host: &str) -> Result<Vec<u8>, ModelError> {
        let mut body = Vec::new();
        loop {
            // Some servers send the head at once and think afterwards, so the first piece may take its time too.
            let idle = if body.is_empty() { self.timeouts.total } else { self.timeouts.idle };
            let Some(piece) = self.piece(response, host, idle).await? else { return Ok(body) };
            if body.len() + piece.len() > BODY_LIMIT {
                return Err(too_large(host, BODY_LIMIT));
            }
            body.extend_from_slice(&piece);
        }
    }
}

impl Service<HttpRequestFactory> for Http {
    type Response = Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let http = self.clone();
        Box::pin(async move { http.attempt(factory).await.map_err(BoxError::from) })
    }
}

fn host(request: &Request) -> String {
    let host = request.url().host_str().unwrap_or("the server");
    match request.url().port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn late(host: &str, what: &str, limit: Duration) -> ModelError {
    ModelError::new(Class::Timeout, format!("waited {limit:?} for {what} from `{host}`"))
}

fn too_large(host: &str, limit: usize) -> ModelError {
    let mut error = ModelError::new(Class::Malformed, format!("`{host}` answered with more than {limit} bytes"));
    // It would only be as long the next time.
    error.should_retry = Some(false);
    error
}
