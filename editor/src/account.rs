//! Signing in: a link becomes a ticket for one session.

use crate::http::{Answer, Caller, HttpError, ask};
use crate::link::{Link, Way};
use crate::pace::Pace;
use breakroom_protocol::{ErrorBody, Me, SessionId, SessionRow, SourceHash};
use hyper::Method;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// A host has to let them in.
const WAITS: u16 = 202;
/// The cookie of somebody who waits.
const WAITING: &str = "breakroom_waiting";
/// How long the server may take to say where one stands, in seconds; below what a request may take.
const ASKED_FOR_S: u64 = 10;
/// The server, or a proxy before it, can't say at this moment.
const TOO_MANY: u16 = 429;
const FAILS: u16 = 500;
/// After a failure.
const ASKED_AGAIN: Duration = Duration::from_secs(2);
/// Failures one after the other.
const LOST_AT_MOST: u32 = 30;

/// Why one can't join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The link is none of ours; without what may be a secret in it.
    #[error(
        "`{0}` is no link to a session: paste the invite link, the host link, or the address of the session's page"
    )]
    Link(String),
    /// A session's page needs somebody whom Home Assistant vouches for.
    #[error(
        "a session's address needs a Home Assistant token in the environment variable BREAKROOM_TOKEN; \
         with an invite link you need none"
    )]
    NoToken,
    /// The server can't be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server said no; its sentence.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// What answers is no Breakroom.
    #[error("what answers there is no Breakroom (HTTP {0})")]
    Strange(u16),
    /// A host link of `breakroom serve` opens every session, so which?
    #[error("{0}")]
    WhichSession(String),
}

/// Somebody who is let in.
#[derive(Debug, Clone)]
pub struct Account {
    /// `http://HOST:PORT`
    pub(crate) base: String,
    pub(crate) ticket: String,
    /// Who.
    pub me: Me,
    /// The session to join.
    pub session: SessionId,
    /// Of all editors that come in by it: the server counts them together.
    pub(crate) pace: Pace,
}

#[derive(Deserialize)]
struct Envelope {
    error: ErrorBody,
}

/// An error answer's sentence.
pub(crate) fn refusal(status: u16, body: &[u8]) -> JoinError {
    match serde_json::from_slice::<Envelope>(body) {
        Ok(Envelope { error }) => JoinError::Refused(error),
        Err(_) => JoinError::Strange(status),
    }
}

fn good(answer: Answer) -> Result<Answer, JoinError> {
    if (200..300).contains(&answer.status) { Ok(answer) } else { Err(refusal(answer.status, &answer.body)) }
}

impl Account {
    /// Signs in by a link. `token`: for a session's page, a Home Assistant token. `waits` is called if a host has to let
    /// one in, which may take long.
    ///
    /// # Errors
    /// The link isn't understood, or the server can't be reached or refuses; as a sentence for people.
    pub async fn join(
        link: &str,
        name: Option<&str>,
        token: Option<&str>,
        waits: impl FnOnce(),
    ) -> Result<Self, JoinError> {
        let Link { base, way } = Link::parse(link).ok_or_else(|| JoinError::Link(masked(link)))?;
        let (path, body) = match &way {
            Way::Invite(secret) => ("invite", json!({ "secret": secret, "name": name.unwrap_or("Editor") })),
            Way::Host(secret) => ("host-link", json!({ "secret": secret, "name": name })),
            Way::Session(_) => ("token", json!({ "token": token.ok_or(JoinError::NoToken)? })),
        };
        let path = format!("/api/auth/{path}");
        let mut answer =
            good(ask(Method::POST, &base, &path, Caller::Stranger, Some(body.to_string())).await?)?;
        if answer.status == WAITS {
            waits();
            answer = let_in(&base, &answer).await?;
        }
        let strange = || JoinError::Strange(answer.status);
        let me: Me = serde_json::from_slice(&answer.body).map_err(|_| strange())?;
        let ticket = cookie(&answer, "breakroom_ticket").ok_or_else(strange)?.to_owned();
        let session = match (way, me.session) {
            (Way::Session(session), _) | (_, Some(session)) => session,
            _ => the_live_session(&base, &ticket).await?,
        };
        Ok(Self { base, ticket, me, session, pace: Pace::of_all() })
    }

    /// Ends the ticket: nobody joins by it any more.
    ///
    /// # Errors
    /// The server can't be reached or refuses.
    pub async fn sign_out(&self) -> Result<(), JoinError> {
        let path = "/api/auth/sign-out";
        good(ask(Method::POST, &self.base, path, Caller::Holder(&self.ticket), None).await?).map(drop)
    }

    /// A captured source text.
    pub(crate) async fn source(&self, hash: &SourceHash) -> Result<String, JoinError> {
        let path = format!("/api/sessions/{}/sources/{hash}", self.session);
        let answer = good(ask(Method::GET, &self.base, &path, Caller::Holder(&self.ticket), None).await?)?;
        String::from_utf8(answer.body.to_vec()).map_err(|_| JoinError::Strange(answer.status))
    }

    /// Where a socket of this session is.
    pub(crate) fn socket(&self, rest: &str) -> String {
        format!("{}/api/sessions/{}/{rest}", self.base.replacen("http", "ws", 1), self.session)
    }

    /// The session's page.
    pub(crate) fn page(&self) -> String {
        format!("{}/s/{}", self.base, self.session)
    }
}

/// The value of a cookie that is set.
fn cookie<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let set = answer.headers.get_all(hyper::header::SET_COOKIE).iter();
    set.filter_map(|cookie| cookie.to_str().ok()?.strip_prefix(name)?.strip_prefix('='))
        .find_map(|rest| rest.split(';').next())
}

/// Waits until a host has decided: the answer that has the ticket. A connection that breaks meanwhile ends nothing, nor
/// does a server that is too busy to say.
async fn let_in(base: &str, asked: &Answer) -> Result<Answer, JoinError> {
    let token = cookie(asked, WAITING).ok_or(JoinError::Strange(asked.status))?;
    let caller = format!("{WAITING}={token}");
    let mut lost = 0;
    loop {
        let body = json!({ "within_s": ASKED_FOR_S }).to_string();
        let caller = Caller::Waiting(&caller);
        let failure = match ask(Method::POST, base, "/api/auth/waiting", caller, Some(body)).await {
            Ok(answer) if answer.status == WAITS => {
                lost = 0;
                continue;
            }
            Ok(answer) if answer.status == TOO_MANY || answer.status >= FAILS => {
                refusal(answer.status, &answer.body)
            }
            Ok(answer) => return good(answer),
            Err(error) => error.into(),
        };
        if lost == LOST_AT_MOST {
            return Err(failure);
        }
        lost += 1;
        tokio::time::sleep(ASKED_AGAIN).await;
    }
}

/// A link without what follows its `#`.
fn masked(link: &str) -> String {
    link.split_once('#').map_or_else(|| link.to_owned(), |(page, _)| format!("{page}#…"))
}

/// The only live session there is.
async fn the_live_session(base: &str, ticket: &str) -> Result<SessionId, JoinError> {
    let answer = good(ask(Method::GET, base, "/api/sessions", Caller::Holder(ticket), None).await?)?;
    let rows: Vec<SessionRow> =
        serde_json::from_slice(&answer.body).map_err(|_| JoinError::Strange(answer.status))?;
    let live: Vec<_> = rows.iter().filter(|row| row.ended_at.is_none()).collect();
    match live[..] {
        [row] => Ok(row.info.id),
        [] => Err(JoinError::WhichSession("there is no live session: start one first".to_owned())),
        _ => Err(JoinError::WhichSession(format!(
            "{} sessions are live: use an invite link of the one you mean",
            live.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers one request after the other with these heads and bodies; gives the server's address.
    async fn answers(all: &'static [(&'static str, String)]) -> String {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", door.local_addr().unwrap());
        tokio::spawn(async move {
            for (head, body) in all {
                let (mut stream, _) = door.accept().await.unwrap();
                let mut request = String::new();
                while !request.ends_with('}') {
                    let mut part = [0; 4096];
                    let read = stream.read(&mut part).await.unwrap();
                    assert!(read > 0, "the request is whole: {request}");
                    request.push_str(std::str::from_utf8(&part[..read]).unwrap());
                }
                let length = body.len();
                let answer = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        base
    }

    #[tokio::test]
    async fn a_server_that_is_too_busy_to_say_ends_no_waiting() {
        let participant = breakroom_protocol::Participant {
            id: breakroom_protocol::ParticipantId::new(),
            name: "Vim".to_owned(),
            role: breakroom_protocol::Role::Watcher,
            kind: breakroom_protocol::ParticipantKind::Guest,
            may_write_notes: false,
        };
        let me = Me { participant, session: Some(SessionId::new()), expires_at: 1 };
        let busy = json!({ "error": { "code": "too_fast", "message": "Not now." } }).to_string();
        let all = vec![
            ("202 Accepted\r\nset-cookie: breakroom_waiting=token; HttpOnly", "{}".to_owned()),
            ("429 Too Many Requests", busy),
            ("502 Bad Gateway", "<html>".to_owned()),
            ("202 Accepted", "{}".to_owned()),
            ("200 OK\r\nset-cookie: breakroom_ticket=good; HttpOnly", serde_json::to_string(&me).unwrap()),
        ];
        let base = answers(all.leak()).await;
        let link = format!("{base}/join#invite={}", "A".repeat(43));
        let account = Account::join(&link, Some("Vim"), None, || {}).await.unwrap();
        assert_eq!((&account.ticket[..], account.me), ("good", me));
    }

    #[tokio::test]
    async fn a_link_that_is_none_is_named_without_its_secret() {
        let error = Account::join("ftp://house/join#invite=sesame", None, None, || {}).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("`ftp://house/join#…` is no link") && !text.contains("sesame"), "{text}");
    }
}
