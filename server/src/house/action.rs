//! Restart actions: a command, or a Home Assistant action over its WebSocket API.
//!
//! Source of the wire format: Home Assistant's developer documentation, "WebSocket API", `auth` and `call_service`.

use breakroom_identity::certificate_problem;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// How long a restart command may take.
const COMMAND_WITHIN: Duration = Duration::from_secs(120);
/// How long Home Assistant may take to accept an action. A restart answers, or just closes the connection.
const ACTION_WITHIN: Duration = Duration::from_secs(60);
/// How much of a failing command's words a person gets.
const SAID: usize = 500;

/// Runs a command without a shell. `Err`: what went wrong, as a sentence.
///
/// # Errors
/// It can't be started, fails, or takes too long (then it is killed).
pub async fn run_command(command: &[String]) -> Result<(), String> {
    let [program, arguments @ ..] = command else { return Err("the restart command is empty".to_owned()) };
    let child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`{program}` can't be started: {error}"))?;
    match tokio::time::timeout(COMMAND_WITHIN, child.wait_with_output()).await {
        Err(_) => Err(format!("`{program}` did not end within {} s", COMMAND_WITHIN.as_secs())),
        Ok(Err(error)) => Err(format!("`{program}` failed: {error}")),
        Ok(Ok(output)) if output.status.success() => Ok(()),
        Ok(Ok(output)) => {
            let said: String = String::from_utf8_lossy(&output.stderr).trim().chars().take(SAID).collect();
            Err(format!("`{program}` ended with {}: {said}", output.status))
        }
    }
}

/// Calls a Home Assistant action. `Err`: what went wrong, as a sentence.
///
/// # Errors
/// The token file can't be read, Home Assistant can't be reached or refuses.
pub async fn call_action(
    url: &str,
    token_file: &Path,
    action: &str,
    data: &Map<String, Value>,
) -> Result<(), String> {
    let token = tokio::fs::read_to_string(token_file)
        .await
        .map_err(|error| format!("the token file {} can't be read: {error}", token_file.display()))?;
    let calling = call(url, token.trim(), action, data);
    tokio::time::timeout(ACTION_WITHIN, calling)
        .await
        .unwrap_or_else(|_| Err(format!("Home Assistant did not answer `{action}` in time")))
}

async fn call(url: &str, token: &str, action: &str, data: &Map<String, Value>) -> Result<(), String> {
    let (domain, service) =
        action.split_once('.').ok_or_else(|| format!("`{action}` is not `domain.action`"))?;
    let address = format!("{}/api/websocket", url.trim_end_matches('/').replacen("http", "ws", 1));
    let (mut socket, _) = tokio_tungstenite::connect_async(&address).await.map_err(|error| {
        match certificate_problem(&error) {
            Some(problem) => format!("Home Assistant at {url} {problem}"),
            None => format!("Home Assistant can't be reached at {url}: {error}"),
        }
    })?;
    let mut sent_call = false;
    while let Some(message) = socket.next().await {
        let message = match message {
            Ok(Message::Text(text)) => serde_json::from_str::<Value>(&text).unwrap_or_default(),
            Ok(Message::Close(_)) | Err(_) => break,
            Ok(_) => continue,
        };
        let answer = match message["type"].as_str() {
            Some("auth_required") => json!({"type": "auth", "access_token": token}),
            Some("auth_invalid") => {
                return Err("Home Assistant refused the token of the token file".to_owned());
            }
            Some("auth_ok") => {
                sent_call = true;
                json!({"id": 1, "type": "call_service", "domain": domain, "service": service, "service_data": data})
            }
            Some("result") if message["success"] == true => return Ok(()),
            Some("result") if is_unauthorized(&message["error"]) => {
                return Err(format!(
                    "the user of the token file's token may not call `{action}` in Home Assistant: use an administrator's token"
                ));
            }
            Some("result") => {
                let why = message["error"]["message"].as_str().unwrap_or("no reason given");
                return Err(format!("Home Assistant refused `{action}`: {why}"));
            }
            _ => continue,
        };
        if socket.send(Message::text(answer.to_string())).await.is_err() {
            break;
        }
    }
    // A restart closes the connection before it answers.
    if sent_call { Ok(()) } else { Err("Home Assistant closed the connection".to_owned()) }
}

/// Measured on 2024.3.3: the code is `home_assistant_error`, and only the message says what it is.
fn is_unauthorized(error: &Value) -> bool {
    error["code"] == "unauthorized" || error["message"] == "Unauthorized"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn a_command_that_fails_says_why() {
        assert_eq!(run_command(&words("true")).await, Ok(()));
        let error = run_command(&words("ls /nowhere-at-all")).await.unwrap_err();
        assert!(error.contains("/nowhere-at-all"), "{error}");
        assert!(run_command(&words("no-such-program-here")).await.unwrap_err().contains("can't be started"));
        assert!(run_command(&[]).await.is_err());
    }
}
