//! A real Home Assistant Core on loopback, onboarded: an owner (administrator) and `bob`, who is none.
//!
//! It runs from `venv::home_assistant_bin("hass")` in a temporary configuration folder on a free port, and is killed
//! on drop. Everything is done the way a person's browser would: over HTTP and the WebSocket API. A failing step panics
//! with what Home Assistant said: in a test that is the report.

mod tls;

pub use tls::Authority;

use crate::port::FreePort;
use crate::venv;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

/// Starting takes 1.5 to 3 s on an idle machine.
const START: Duration = Duration::from_secs(300);
/// One HTTP request or WebSocket command.
const ANSWER: Duration = Duration::from_secs(60);
/// An orderly stop, which writes the configuration.
const STOP: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
const PASSWORD: &str = "correct horse battery";

/// What to start.
#[derive(Debug, Default)]
pub struct Builder {
    components: Vec<PathBuf>,
    extra: String,
    http: String,
}

/// A running Home Assistant.
pub struct HomeAssistant {
    process: Child,
    /// Also while it is stopped.
    _port: FreePort,
    folder: tempfile::TempDir,
    http: reqwest::Client,
    url: String,
    owner_token: String,
    user: User,
    /// Whom to trust, once it serves over TLS.
    connector: Option<Connector>,
}

/// A user, with a long-lived token.
#[derive(Debug, Clone)]
pub struct User {
    /// Home Assistant's id, 32 hex digits.
    pub id: String,
    /// As shown and as signed in with.
    pub name: String,
    /// A long-lived access token.
    pub token: String,
}

/// An authenticated WebSocket for commands.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_id: u64,
}

impl Builder {
    /// Installs the custom integration in this folder (its name is the domain).
    #[must_use]
    pub fn custom_component(mut self, folder: impl Into<PathBuf>) -> Self {
        self.components.push(folder.into());
        self
    }

    /// Adds YAML to `configuration.yaml`, such as `"demo:\n"`.
    #[must_use]
    pub fn config_extra(mut self, yaml: &str) -> Self {
        self.extra.push_str(yaml);
        self.extra.push('\n');
        self
    }

    /// Adds an option of the `http:` integration, such as `"ip_ban_enabled: true"` (bans are off otherwise).
    #[must_use]
    pub fn http_option(mut self, yaml: &str) -> Self {
        self.http.push_str("  ");
        self.http.push_str(yaml);
        self.http.push('\n');
        self
    }

    /// Starts it, waits until it runs, and onboards it.
    ///
    /// # Panics
    /// If it isn't installed, or doesn't start.
    pub async fn start(self) -> HomeAssistant {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let free = FreePort::find();
        let port = free.number();
        for component in &self.components {
            let name = component.file_name().expect("a component's folder has a name");
            copy(component, &folder.path().join("custom_components").join(name));
        }
        fs::write(folder.path().join("configuration.yaml"), configuration(port, &self.http, &self.extra))
            .expect("configuration");
        let http = reqwest::Client::builder().timeout(ANSWER).build().expect("an HTTP client");
        let mut home_assistant = HomeAssistant {
            process: spawn(folder.path()),
            _port: free,
            folder,
            http,
            url: format!("http://127.0.0.1:{port}"),
            owner_token: String::new(),
            user: User { id: String::new(), name: "bob".to_owned(), token: String::new() },
            connector: None,
        };
        home_assistant.answers().await;
        home_assistant.onboard().await;
        home_assistant.runs().await;
        home_assistant
    }
}

impl HomeAssistant {
    /// One with nothing special in it.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// To start one with more in it.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `http://127.0.0.1:PORT`, or `https`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("https://").trim_start_matches("http://")
    }

    /// A long-lived token of the owner.
    #[must_use]
    pub fn owner_token(&self) -> &str {
        &self.owner_token
    }

    /// A long-lived token of bob, who is no administrator.
    #[must_use]
    pub fn user_token(&self) -> &str {
        &self.user.token
    }

    /// Bob.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    /// The configuration folder.
    #[must_use]
    pub fn config_dir(&self) -> &Path {
        self.folder.path()
    }

    /// What it printed and logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("out.log")).unwrap_or_default()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Stops its process where it is (SIGSTOP), as a breakpoint does: it accepts connections and says nothing.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets a paused one run on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Stops it in order and starts it again with the same configuration, on the same port.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// Stops it in order; [`Self::start_again`] brings it back.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        let deadline = Instant::now() + STOP;
        while self.process.try_wait().expect("its state").is_none() {
            assert!(Instant::now() < deadline, "Home Assistant does not stop:\n{}", self.log());
            sleep(POLL).await;
        }
    }

    /// Starts a stopped one again.
    pub async fn start_again(&mut self) {
        self.process = spawn(self.folder.path());
        if self.connector.is_none() {
            self.answers().await;
        }
        self.runs().await;
    }

    /// Makes another long-lived token for whoever holds `token`.
    pub async fn make_token(&self, token: &str, name: &str) -> String {
        let made = json!({"type": "auth/long_lived_access_token", "client_name": name, "lifespan": 365});
        text(&self.socket(token).await.call(made).await)
    }

    /// Deletes a token, signed in with itself.
    pub async fn delete_token(&self, token: &str) {
        let claims = token.split('.').nth(1).expect("a token has three parts");
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("claims");
        let delete = json!({"type": "auth/delete_refresh_token", "refresh_token_id": claims["iss"]});
        // Its own socket is closed by it, perhaps before the answer.
        match self.socket(token).await.try_call(delete).await {
            Ok(answer) => assert_eq!(answer["success"], true, "{answer}"),
            Err(_closed) => {}
        }
    }

    /// Creates a user who can sign in with a password, and a token for them.
    pub async fn create_user(&self, name: &str, is_admin: bool) -> User {
        let mut owner = self.socket(&self.owner_token).await;
        let group = if is_admin { "system-admin" } else { "system-users" };
        let create =
            json!({"type": "config/auth/create", "name": name, "group_ids": [group], "local_only": false});
        let id = text(&owner.call(create).await["user"]["id"]);
        let login = json!({"type": "config/auth_provider/homeassistant/create",
            "user_id": id, "username": name.to_lowercase(), "password": PASSWORD});
        owner.call(login).await;
        let token = self.log_in(&name.to_lowercase()).await;
        let token = self.make_token(&token, "test").await;
        User { id, name: name.to_owned(), token }
    }

    /// Makes a user inactive, or active again.
    pub async fn set_active(&self, user_id: &str, is_active: bool) {
        self.ws_call(json!({"type": "config/auth/update", "user_id": user_id, "is_active": is_active})).await;
    }

    /// Makes a user an administrator, or an ordinary user.
    pub async fn set_admin(&self, user_id: &str, is_admin: bool) {
        let group = if is_admin { "system-admin" } else { "system-users" };
        self.ws_call(json!({"type": "config/auth/update", "user_id": user_id, "group_ids": [group]})).await;
    }

    /// Deletes a user.
    pub async fn delete_user(&self, user_id: &str) {
        self.ws_call(json!({"type": "config/auth/delete", "user_id": user_id})).await;
    }

    /// Calls an action as the owner and gives the result.
    pub async fn call_service(&self, domain: &str, service: &str, data: Value) -> Value {
        let call =
            json!({"type": "call_service", "domain": domain, "service": service, "service_data": data});
        self.ws_call(call).await
    }

    /// One WebSocket command as the owner; gives its `result`.
    pub async fn ws_call(&self, command: Value) -> Value {
        self.socket(&self.owner_token).await.call(command).await
    }

    /// A WebSocket authenticated with `token`.
    pub async fn socket(&self, token: &str) -> Socket {
        Socket::open_by(&self.url, token, self.connector.clone())
            .await
            .unwrap_or_else(|why| panic!("no socket: {why}\n{}", self.log()))
    }

    /// An access token (30 minutes) for a user with the password that all users here have.
    async fn log_in(&self, username: &str) -> String {
        let client = format!("{}/", self.url);
        let flow = json!({"client_id": client, "handler": ["homeassistant", null], "redirect_uri": client});
        let flow = self.post("/auth/login_flow", None, &flow).await;
        let answer = json!({"client_id": client, "username": username, "password": PASSWORD});
        let path = format!("/auth/login_flow/{}", text(&flow["flow_id"]));
        let done = self.post(&path, None, &answer).await;
        self.redeem_code(&text(&done["result"])).await
    }

    async fn onboard(&mut self) {
        let client = format!("{}/", self.url);
        let owner = json!({"client_id": client, "name": "Owner", "username": "owner", "password": PASSWORD,
            "language": "en"});
        let code = self.post("/api/onboarding/users", None, &owner).await;
        let access = self.redeem_code(&text(&code["auth_code"])).await;
        for (step, body) in [
            ("core_config", json!({})),
            ("analytics", json!({})),
            ("integration", json!({"client_id": client, "redirect_uri": client})),
        ] {
            let request = self.http.post(format!("{}/api/onboarding/{step}", self.url));
            let answer = request.bearer_auth(&access).json(&body).send().await.expect("an answer");
            // Without internet `core_config` answers 500, and is done all the same.
            let offline = step == "core_config" && answer.status() == 500;
            assert!(offline || answer.status().is_success(), "{step}: {}", answer.status());
        }
        self.owner_token = self.make_token(&access, "test").await;
        self.user = self.create_user("bob", false).await;
    }

    async fn redeem_code(&self, code: &str) -> String {
        let client = format!("{}/", self.url);
        let form = [("grant_type", "authorization_code"), ("code", code), ("client_id", &client)];
        let answer =
            self.http.post(format!("{}/auth/token", self.url)).form(&form).send().await.expect("an answer");
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        assert!(status.is_success(), "token: {status} {body}");
        text(&body["access_token"])
    }

    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let mut request = self.http.post(format!("{}{path}", self.url)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("{path}: {error}\n{}", self.log()));
        let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
        assert!(status.is_success(), "{path}: {status} {text}\n{}", self.log());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error} in {text}"))
    }

    /// Waits until HTTP answers, which is before it "runs".
    async fn answers(&mut self) {
        let (url, deadline) = (format!("{}/manifest.json", self.url), Instant::now() + START);
        while !self.http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
            let state = self.process.try_wait().expect("its state");
            assert!(state.is_none(), "Home Assistant ended ({state:?}):\n{}", self.log());
            assert!(Instant::now() < deadline, "Home Assistant does not answer:\n{}", self.log());
            sleep(POLL).await;
        }
    }

    async fn runs(&self) {
        let deadline = Instant::now() + START;
        loop {
            let state = match Socket::open_by(&self.url, &self.owner_token, self.connector.clone()).await {
                Ok(mut socket) => socket.call(json!({"type": "get_config"})).await["state"].clone(),
                Err(why) => Value::String(why),
            };
            if state == "RUNNING" {
                return;
            }
            assert!(Instant::now() < deadline, "Home Assistant stays {state}:\n{}", self.log());
            sleep(POLL).await;
        }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.process.id().to_string()).status();
        assert!(status.expect("`kill` runs").success(), "no signal {name}");
    }
}

impl Drop for HomeAssistant {
    fn drop(&mut self) {
        // It may have ended by itself. SIGKILL reaches a paused process too.
        let _killed = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Socket {
    /// Connects and authenticates, or says why not.
    ///
    /// # Errors
    /// No connection, or `auth_invalid`.
    pub async fn open(url: &str, token: &str) -> Result<Self, String> {
        Self::open_by(url, token, None).await
    }

    async fn open_by(url: &str, token: &str, connector: Option<Connector>) -> Result<Self, String> {
        let url = format!("{}/api/websocket", url.replacen("http", "ws", 1));
        let connecting = tokio_tungstenite::connect_async_tls_with_config(url, None, false, connector);
        let connected = timeout(ANSWER, connecting).await;
        let (stream, _) = connected.map_err(|_| "silence")?.map_err(|error| error.to_string())?;
        let mut socket = Self { stream, last_id: 0 };
        let greeting = socket.receive().await.map_err(|error| error.to_string())?;
        if greeting["type"] != "auth_required" {
            return Err(format!("greeted with {greeting}"));
        }
        socket
            .send(&json!({"type": "auth", "access_token": token}))
            .await
            .map_err(|error| error.to_string())?;
        let auth = socket.receive().await.map_err(|error| error.to_string())?;
        if auth["type"] == "auth_ok" { Ok(socket) } else { Err(auth.to_string()) }
    }

    /// Sends a command and gives its `result`.
    ///
    /// # Panics
    /// If it fails.
    pub async fn call(&mut self, command: Value) -> Value {
        let shown = command.to_string();
        let answer = self.try_call(command).await.unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(answer["success"], true, "{shown}: {answer}");
        answer["result"].clone()
    }

    /// Sends a command and gives the whole answer. Events that arrive meanwhile are dropped.
    ///
    /// # Errors
    /// The connection ended.
    pub async fn try_call(&mut self, mut command: Value) -> Result<Value, WsError> {
        self.last_id += 1;
        command["id"] = self.last_id.into();
        self.send(&command).await?;
        loop {
            let answer = self.receive().await?;
            if answer["type"] == "result" && answer["id"] == self.last_id {
                return Ok(answer);
            }
        }
    }

    /// The next message, such as an event that was subscribed to.
    ///
    /// # Errors
    /// The connection ended, or nothing came for 20 s.
    pub async fn receive(&mut self) -> Result<Value, WsError> {
        loop {
            match timeout(ANSWER, self.stream.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => {
                    return serde_json::from_str(&text).map_err(|error| WsError::Io(error.into()));
                }
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(_)) | None) => return Err(WsError::ConnectionClosed),
                Ok(Some(Err(error))) => return Err(error),
                Err(_) => return Err(WsError::Io(std::io::ErrorKind::TimedOut.into())),
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<(), WsError> {
        self.stream.send(Message::text(message.to_string())).await
    }
}

fn spawn(folder: &Path) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("out.log")).expect("a log file");
    Command::new(venv::home_assistant_bin("hass"))
        .arg("--config")
        .arg(folder)
        // What it needs is installed; it shall not fetch anything.
        .arg("--skip-pip")
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log file"))
        .stderr(log)
        .spawn()
        .expect("Home Assistant starts")
}

fn configuration(port: u16, http: &str, extra: &str) -> String {
    let yaml = format!(
        "homeassistant:\n  name: Test\n  latitude: 0\n  longitude: 0\n  elevation: 0\n  unit_system: metric\n  \
         time_zone: UTC\nhttp:\n  server_host: 127.0.0.1\n  server_port: {port}\n"
    );
    let http = if http.is_empty() { "  ip_ban_enabled: false\n" } else { http };
    format!("{yaml}{http}api:\nwebsocket_api:\nconfig:\nfrontend:\nlogger:\n  default: warning\n{extra}")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a component's folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected, got {value}")).to_owned()
}
