//! People who come into a session over the HTTP API, as browsers do.

use crate::server::Link;
use anyhow::{Context, Result, bail};
use reqwest::{Client, Response, header};
use serde_json::{Value, json};
use std::time::Duration;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One server, as its visitors see it.
#[derive(Debug)]
pub struct Room {
    client: Client,
    base: String,
}

/// Somebody who signed in: a ticket.
#[derive(Debug, Clone)]
pub struct Ticket(String);

impl Ticket {
    /// As the `Cookie` header that a browser sends.
    pub fn cookie(&self) -> String {
        format!("breakroom_ticket={}", self.0)
    }
}

impl Room {
    /// The server that a link leads to.
    pub fn of(link: &Link) -> Result<Self> {
        let client = Client::builder().timeout(PATIENCE).build().context("cannot make an HTTP client")?;
        Ok(Self { client, base: link.base.clone() })
    }

    /// Uses the host link.
    pub async fn host(&self, link: &Link) -> Result<Ticket> {
        self.sign_in("/api/auth/host-link", &json!({ "secret": link.secret, "name": "Host" })).await
    }

    /// Uses an invite.
    pub async fn guest(&self, secret: &str, name: &str) -> Result<Ticket> {
        self.sign_in("/api/auth/invite", &json!({ "secret": secret, "name": name })).await
    }

    /// Makes an invite for watchers; its secret.
    pub async fn invite_watchers(&self, host: &Ticket, session: &str, uses: usize) -> Result<String> {
        let url = self.invite(host, session, "watcher", uses).await?;
        let secret = url.split_once("invite=").map(|(_, secret)| secret);
        Ok(secret.context("the invite has no link")?.to_owned())
    }

    /// As many watchers as it takes for so many sockets: the server lets each have some.
    pub async fn watchers(&self, host: &Ticket, session: &str, sockets: usize) -> Result<Vec<Ticket>> {
        const OF_ONE: usize = 100;
        let people = sockets.div_ceil(OF_ONE);
        let secret = self.invite_watchers(host, session, people).await?;
        let mut watchers = Vec::new();
        for at in 0..people {
            watchers.push(self.guest(&secret, &format!("Watcher {at}")).await?);
        }
        Ok(watchers)
    }

    /// Makes an invite; its link.
    pub async fn invite(&self, host: &Ticket, session: &str, role: &str, uses: usize) -> Result<String> {
        let path = format!("/api/sessions/{session}/invites");
        let answer = self.post(&path, Some(host), &json!({ "role": role, "uses": uses })).await?;
        let answer: Value = answer.json().await.context("the invite is no JSON")?;
        Ok(answer["url"].as_str().context("the invite has no link")?.to_owned())
    }

    /// Where a session's live socket is.
    pub fn live_url(&self, session: &str) -> String {
        format!("{}/api/sessions/{session}/live", self.base.replacen("http", "ws", 1))
    }

    async fn sign_in(&self, path: &str, body: &Value) -> Result<Ticket> {
        let answer = self.post(path, None, body).await?;
        let cookies = answer.headers().get_all(header::SET_COOKIE);
        let ticket = cookies
            .iter()
            .filter_map(|cookie| cookie.to_str().ok())
            .find_map(|cookie| cookie.split(';').next()?.strip_prefix("breakroom_ticket="));
        Ok(Ticket(ticket.context("signing in gave no ticket")?.to_owned()))
    }

    async fn post(&self, path: &str, by: Option<&Ticket>, body: &Value) -> Result<Response> {
        let mut request = self.client.post(format!("{}{path}", self.base)).json(body);
        if let Some(ticket) = by {
            request = request.header(header::COOKIE, ticket.cookie());
        }
        let answer = request.send().await.with_context(|| format!("cannot reach the server for {path}"))?;
        if !answer.status().is_success() {
            let status = answer.status();
            bail!("the server answered {path} with {status}: {}", answer.text().await.unwrap_or_default());
        }
        Ok(answer)
    }
}
