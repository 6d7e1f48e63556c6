//! HTTP as a browser does it.

use breakroom_protocol::{ErrorBody, ErrorCode};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One browser: where it goes, and the ticket in its cookie, if it has one.
#[derive(Debug, Clone)]
pub struct Browser {
    http: reqwest::Client,
    url: String,
    /// Of the cookie.
    pub ticket: Option<String>,
    headers: Vec<(String, String)>,
}

impl Browser {
    /// One without a ticket.
    pub fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().timeout(super::PATIENCE).build().unwrap();
        Self { http, url: url.to_owned(), ticket: None, headers: Vec::new() }
    }

    /// The same with another ticket.
    pub fn with_ticket(&self, ticket: &str) -> Self {
        Self { ticket: Some(ticket.to_owned()), ..self.clone() }
    }

    /// The same, sending a header with everything.
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((name.to_owned(), value.to_owned()));
        other
    }

    /// Where it goes: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Headers of its own, for sockets.
    pub fn headers(&self) -> Vec<(String, String)> {
        let cookie =
            self.ticket.as_ref().map(|ticket| ("cookie".to_owned(), format!("breakroom_ticket={ticket}")));
        self.headers.iter().cloned().chain(cookie).collect()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.asks(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.asks(Method::POST, path, Some(body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.asks(Method::DELETE, path, None).await
    }

    /// Any request.
    pub async fn asks(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        for (name, value) in self.headers() {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { what: format!("{method} {path}"), status, headers, text }
    }
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    what: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// It went well; its body.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        self.is_good();
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.what, self.text))
    }

    /// It went well.
    #[track_caller]
    pub fn is_good(&self) {
        assert!(self.status.is_success(), "{}: {} {}", self.what, self.status, self.text);
    }

    /// It was refused for this reason; the sentence.
    #[track_caller]
    pub fn expect_refused(&self, code: ErrorCode) -> String {
        #[derive(serde::Deserialize)]
        struct Envelope {
            error: ErrorBody,
        }
        let Ok(Envelope { error }) = serde_json::from_str(&self.text) else {
            panic!("{}: not an error: {} {}", self.what, self.status, self.text)
        };
        assert_eq!(error.code, code, "{}: {}", self.what, error.message);
        assert_eq!(self.status.as_u16(), code.status(), "{}", self.what);
        assert!(error.message.len() > 10, "a sentence that says what to do: {}", error.message);
        error.message
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}
