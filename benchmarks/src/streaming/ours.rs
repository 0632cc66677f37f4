//! Steadfast's way, inline and through a workflow.

use super::{PACE, Read, text};
use crate::Result;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use steadfast::{
    Handle, RunEventKind, RunningWorker, Target,
    prelude::*,
    testing::{ModelServer, Reply, ScriptedModel},
};

#[agent(model = "m")]
struct Talker;

#[workflow]
async fn talk_streamed() -> Result<String> {
    Ok(Talker.run("Go").streamed().await?.output)
}

#[workflow]
async fn talk() -> Result<String> {
    Ok(Talker.run("Go").await?.output)
}

pub(super) struct Ours {
    app: App,
    asked: Arc<Mutex<Option<Instant>>>,
    _model: ModelServer,
    _worker: RunningWorker,
}

impl Ours {
    pub(super) async fn start(server: &str) -> Result<Self> {
        let asked: Arc<Mutex<Option<Instant>>> = Arc::default();
        let noted = Arc::clone(&asked);
        let model = ScriptedModel::answering(move |_| {
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            Reply::says(text()).pace(PACE)
        });
        let model = model.start().await?;
        let app = App::new("streaming").workflow(talk_streamed).workflow(talk).target(Target::address(server));
        let app = app.provider("openai", model.provider());
        let worker = app.worker().await?.spawn();
        Ok(Self { app, asked, _model: model, _worker: worker })
    }

    pub(super) async fn inline(&self) -> Result<Read> {
        let mut reading = Reading::default();
        let read = async {
            let mut run = Talker.run_streamed("Go");
            while let Some(event) = run.next().await {
                reading.take(&event.kind);
            }
            run.await
        };
        self.app.inline(read).await?;
        self.done(&reading, 0, 0)
    }

    pub(super) async fn watched(&self) -> Result<Read> {
        let run = self.app.start(talk_streamed, ()).await?;
        let (mut reading, mut events) = (Reading::default(), run.events());
        while let Some(streamed) = events.next().await? {
            reading.take(&streamed.event.kind);
        }
        self.recorded(&reading, &run).await
    }

    /// The text is read when the workflow has ended.
    pub(super) async fn unwatched(&self) -> Result<Read> {
        let run = self.app.start(talk, ()).await?;
        let delta = run.result().await?;
        let mut reading = Reading::default();
        reading.take(&RunEventKind::Text { turn: 1, attempt: 1, delta });
        self.recorded(&reading, &run).await
    }

    async fn recorded(&self, reading: &Reading, run: &Handle<String>) -> Result<Read> {
        run.result().await?;
        let history = run.history().await?;
        self.done(reading, history.events().len(), history.bytes())
    }

    fn done(&self, reading: &Reading, events: usize, bytes: usize) -> Result<Read> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).ok_or("the model was not asked")?;
        if reading.text != text() {
            return Err(format!("{} bytes of text came, and not what was said", reading.text.len()).into());
        }
        let (first, last) = reading.times.ok_or("nothing was read")?;
        Ok(Read { asked, first, last, pieces: reading.pieces, events, bytes })
    }
}

#[derive(Default)]
struct Reading {
    text: String,
    times: Option<(Instant, Instant)>,
    pieces: usize,
}

impl Reading {
    fn take(&mut self, event: &RunEventKind) {
        if let RunEventKind::Text { delta, .. } = event {
            self.text.push_str(delta);
            self.pieces += 1;
            let now = Instant::now();
            self.times.get_or_insert((now, now)).1 = now;
        }
    }
}
