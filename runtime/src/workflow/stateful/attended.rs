//! A workflow's body and its handlers, as one future: each message is given to its handler in the order they came, and
//! before the body goes on.

use super::{Handled, Stateful};
use crate::{
    effects::{Mailbox, Message, Reply},
    runner::here,
    workflow::BoxError,
};
use futures::future::{BoxFuture, FutureExt as _};
use serde_json::Value;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A body with handlers.
pub(crate) struct Attended<S: 'static, T> {
    stateful: Stateful<S>,
    body: BoxFuture<'static, T>,
    /// Handlers that wait for something, in the order they began.
    at_work: Vec<AtWork>,
    /// Where messages come from; asked for when it is first polled, for then it is known where that is.
    mailbox: Option<Arc<dyn Mailbox>>,
}

struct AtWork {
    name: String,
    future: BoxFuture<'static, Result<Value, BoxError>>,
    reply: Option<Reply>,
}

impl<S: Send + 'static, T> Attended<S, T> {
    pub(crate) fn new(stateful: Stateful<S>, body: BoxFuture<'static, T>) -> Self {
        Self { stateful, body, at_work: Vec::new(), mailbox: None }
    }

    /// Gives what has come to its handlers; says whether there was anything.
    fn open_mail(&mut self) -> bool {
        let mailbox = self.mailbox.get_or_insert_with(|| here().mailbox()).clone();
        let mut was_any = false;
        while let Some(Message { name, input, reply }) = mailbox.next_message() {
            was_any = true;
            match self.stateful.handle(&name, input, reply.is_some()) {
                Ok(Handled::Later(future)) => {
                    self.stateful.context.handler_begins();
                    self.at_work.push(AtWork { name, future, reply });
                }
                Ok(Handled::Answered(answer)) => answered(&name, reply, answer),
                Err(refused) => answered(&name, reply, Err(refused)),
            }
        }
        was_any
    }

    fn work(&mut self, cx: &mut Context<'_>) {
        let context = self.stateful.context.clone();
        self.at_work.retain_mut(|at_work| match context.handling(|| at_work.future.poll_unpin(cx)) {
            Poll::Pending => true,
            Poll::Ready(answer) => {
                context.handler_ends();
                answered(&at_work.name, at_work.reply.take(), answer);
                false
            }
        });
    }
}

fn answered(name: &str, reply: Option<Reply>, answer: Result<Value, BoxError>) {
    match (reply, answer) {
        (Some(reply), answer) => reply(answer),
        // Nobody waits for an answer to a signal, and to fail the task would only meet it again.
        (None, Err(error)) => tracing::warn!(signal = name, %error, "ignored a signal"),
        (None, Ok(_)) => {}
    }
}

impl<S: Send + 'static, T> Unpin for Attended<S, T> {}

impl<S: Send + 'static, T> Future for Attended<S, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            self.open_mail();
            self.work(cx);
            let polled = self.body.poll_unpin(cx);
            if polled.is_ready() {
                let left = self.stateful.context.handlers_at_work();
                if left > 0 {
                    tracing::warn!(left, "the workflow ends while handlers are at work; wait for `handlers_finished`");
                }
                return polled;
            }
            if !self.open_mail() {
                return Poll::Pending;
            }
        }
    }
}
