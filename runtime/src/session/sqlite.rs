//! Sessions in a file.

use super::Session;
use crate::model::Conversation;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a process waits for another one that writes.
const BUSY: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    create table if not exists steadfast_sessions (id text primary key, settings text not null) strict;
    create table if not exists steadfast_items (
        session text not null, number integer not null, item text not null, primary key (session, number)
    ) strict, without rowid;
";

/// Sessions in an `SQLite` file, by an id of one's own. Several processes may use the same file; clones are the same.
///
/// ```no_run
/// # use steadfast::{prelude::*, session::SqliteSessions};
/// # #[agent(model = "gpt-5.6-luna")]
/// # struct Guide;
/// # async fn talk() -> Result<()> {
/// let sessions = SqliteSessions::open("talks.db").await?;
/// let mut session = sessions.load("ann").await?;
/// Guide.run("Where were we?").session(&mut session).await?;
/// sessions.save("ann", &session).await?;
/// # Ok(())
/// # }
/// ```
///
/// It is for code outside workflows: in a workflow, a session is durable by itself.
#[derive(Clone)]
pub struct SqliteSessions(Arc<Mutex<Connection>>);

/// Why a session cannot be loaded or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The file cannot be used.
    #[error("the file of sessions cannot be used: {0}")]
    File(#[from] rusqlite::Error),
    /// Somebody has saved the session since it was loaded, and said something else. Nothing was changed.
    #[error("session `{id}` was saved by somebody else since it was loaded; load it again, and run again")]
    Changed {
        /// The session.
        id: String,
    },
    /// What is in the file is no session.
    #[error("session `{id}` cannot be read or written: {reason}")]
    Unreadable {
        /// The session.
        id: String,
        /// Why.
        reason: String,
    },
}

impl SqliteSessions {
    /// Opens a file, and makes it where there is none. `:memory:` is a file in memory.
    ///
    /// # Errors
    /// When it cannot be opened, or is no file of `SQLite`.
    pub async fn open(path: impl AsRef<Path> + Send) -> Result<Self, SessionError> {
        let path = path.as_ref().to_owned();
        blocking(move || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            // Readers need not wait for writers then.
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.execute_batch(SCHEMA)?;
            Ok(Self(Arc::new(Mutex::new(connection))))
        })
        .await
    }

    /// The session with this id; a new one, if there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn load(&self, id: impl Into<String>) -> Result<Session, SessionError> {
        let (sessions, id) = (self.clone(), id.into());
        blocking(move || sessions.with(|connection| load(connection, &id))).await
    }

    /// Saves a session: what was said in it since it was loaded, and its limits.
    ///
    /// # Errors
    /// When somebody else has saved another continuation of it, and when the file cannot be written. Then nothing is.
    pub async fn save(&self, id: impl Into<String>, session: &Session) -> Result<(), SessionError> {
        let (sessions, id, session) = (self.clone(), id.into(), session.clone());
        blocking(move || sessions.with(|connection| save(connection, &id, session))).await
    }

    /// Forgets a session; without one of this id nothing happens.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn delete(&self, id: impl Into<String>) -> Result<(), SessionError> {
        let (sessions, id) = (self.clone(), id.into());
        blocking(move || {
            sessions.with(|connection| {
                let change = connection.transaction()?;
                change.execute("delete from steadfast_items where session = ?1", [&id])?;
                change.execute("delete from steadfast_sessions where id = ?1", [&id])?;
                Ok(change.commit()?)
            })
        })
        .await
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, SessionError>) -> Result<T, SessionError> {
        // A transaction that panics is rolled back, so a poisoned lock protects nothing half-written.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A file is waited for on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SessionError> + Send + 'static,
) -> Result<T, SessionError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn load(connection: &Connection, id: &str) -> Result<Session, SessionError> {
    let unreadable =
        |error: serde_json::Error| SessionError::Unreadable { id: id.to_owned(), reason: error.to_string() };
    let settings: Option<String> = connection
        .query_row("select settings from steadfast_sessions where id = ?1", [id], |row| row.get(0))
        .optional()?;
    let Some(settings) = settings else { return Ok(Session::new()) };
    let session: Session = serde_json::from_str(&settings).map_err(unreadable)?;
    Ok(Session { whole: saved(connection, id)?, ..session })
}

fn saved(connection: &Connection, id: &str) -> Result<Conversation, SessionError> {
    let mut items = connection.prepare("select item from steadfast_items where session = ?1 order by number")?;
    let mut whole = Conversation::new();
    for item in items.query_map([id], |row| row.get::<_, String>(0))? {
        let json = serde_json::from_str(&item?)
            .map_err(|error| SessionError::Unreadable { id: id.to_owned(), reason: error.to_string() })?;
        whole.push_json(json);
    }
    Ok(whole)
}

fn save(connection: &mut Connection, id: &str, session: Session) -> Result<(), SessionError> {
    // Nobody else writes between what is read here and what is written.
    let change = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let before = saved(&change, id)?;
    if !before.is_prefix_of(&session.whole) {
        return Err(SessionError::Changed { id: id.to_owned() });
    }
    let mut number = before.len();
    let mut written = Ok(());
    session.whole.visit_from(before.len(), |item| {
        if written.is_ok() {
            let sql = "insert into steadfast_items (session, number, item) values (?1, ?2, ?3)";
            written = change.prepare(sql).and_then(|mut insert| {
                insert.execute(params![id, i64::try_from(number).unwrap_or(i64::MAX), item.get()]).map(drop)
            });
            number += 1;
        }
    });
    written?;
    let settings = serde_json::to_string(&Session { whole: Conversation::new(), ..session })
        .map_err(|error| SessionError::Unreadable { id: id.to_owned(), reason: error.to_string() })?;
    let sql = "insert into steadfast_sessions (id, settings) values (?1, ?2)
               on conflict (id) do update set settings = excluded.settings";
    change.execute(sql, params![id, settings])?;
    Ok(change.commit()?)
}

impl fmt::Debug for SqliteSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteSessions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Item;

    #[tokio::test]
    async fn what_is_saved_is_there_for_whoever_opens_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("talks.db");
        let sessions = SqliteSessions::open(&path).await.expect("a file");
        let mut session = sessions.load("ann").await.expect("it can be read").at_most_items(3);
        assert!(session.is_empty());
        session.push(Item::user("hi"));
        session.replace(vec![Item::assistant("a summary")].into());
        sessions.save("ann", &session).await.expect("it can be written");
        session.push(Item::assistant("hello"));
        sessions.save("ann", &session).await.expect("it can be written");
        let other = SqliteSessions::open(&path).await.expect("a file");
        assert_eq!(other.load("ann").await.expect("it can be read"), session);
        assert!(other.load("bob").await.expect("it can be read").is_empty());
        other.delete("ann").await.expect("it can be written");
        assert_eq!(sessions.load("ann").await.expect("it can be read"), Session::new());
    }

    #[tokio::test]
    async fn two_continuations_do_not_overwrite_each_other() {
        let sessions = SqliteSessions::open(":memory:").await.expect("memory");
        let (mut one, mut other) = (Session::new(), Session::new());
        one.push(Item::user("one"));
        other.push(Item::user("other"));
        sessions.save("talk", &one).await.expect("it is the first");
        let error = sessions.save("talk", &other).await.expect_err("it is another");
        assert!(matches!(&error, SessionError::Changed { id } if id == "talk"), "{error}");
        assert_eq!(sessions.load("talk").await.expect("it can be read"), one);
    }

    #[tokio::test]
    async fn what_is_no_file_of_sessions_is_said_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "These are my notes, and there are many of them.".repeat(40)).expect("a file");
        let error = SqliteSessions::open(&path).await.expect_err("it is a text");
        assert!(error.to_string().contains("not a database"), "{error}");
    }
}
