//! Configuration: a TOML file, then the environment, then flags; each with a documented default.

use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The configuration of `breakroom serve`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to serve. Default `127.0.0.1:8127`.
    pub listen: SocketAddr,
    /// Where recordings, the ticket key and invites are kept. Default `$XDG_DATA_HOME/breakroom`.
    pub data: PathBuf,
    /// How browsers reach the server, such as `https://breakroom.example`; used in links and checks.
    pub public_url: Option<String>,
    /// Further `Host` names that are served. Loopback names and IP addresses always are.
    pub allowed_hosts: Vec<String>,
    /// `normal` survives a killed server; `full` a power cut too, at a few milliseconds an event.
    pub durability: Durability,
    /// The Home Assistant that vouches for people.
    pub home_assistant: Option<HomeAssistant>,
    /// What can be debugged.
    pub targets: Vec<TargetConfig>,
    /// What may be used at most.
    pub limits: Limits,
    /// Whether who was in a session is let into the next one: `share --editor`, not for files.
    #[serde(skip)]
    pub sessions_follow: bool,
}

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Durability {
    /// A killed server.
    Normal,
    /// A power cut.
    Full,
}

/// The Home Assistant that vouches for people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeAssistant {
    /// How this server reaches it.
    pub url: String,
    /// How browsers reach it, if otherwise: its pages may frame ours (the sidebar page).
    #[serde(default)]
    pub browser_url: Option<String>,
    /// File with a long-lived access token for restart actions; nothing else uses it.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// How often a person's token is checked again, in seconds. Default 60.
    #[serde(default = "default_recheck")]
    pub recheck_every_s: u64,
}

fn default_recheck() -> u64 {
    60
}

/// A program that can be debugged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    /// Unique name.
    pub name: String,
    /// debugpy's address, `HOST:PORT`.
    pub address: String,
    /// Files under these folders of the target may be read as source even if nothing has loaded them.
    #[serde(default)]
    pub source_roots: Vec<String>,
    /// Whether debugpy skips library code. Default true.
    #[serde(default = "yes")]
    pub just_my_code: bool,
    /// How a person starts the debugger there, one sentence.
    #[serde(default)]
    pub how_to_start: Option<String>,
    /// How the program is restarted.
    #[serde(default)]
    pub restart: Option<RestartConfig>,
}

fn yes() -> bool {
    true
}

/// A target's restart action: one of the two.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestartConfig {
    /// A command with its arguments; no shell.
    #[serde(default)]
    pub command: Option<Vec<String>>,
    /// A Home Assistant action, such as `homeassistant.restart`.
    #[serde(default)]
    pub action: Option<String>,
    /// Data for the action.
    #[serde(default)]
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
    /// How long the program may take to come back, in seconds. Default 120.
    #[serde(default = "default_back")]
    pub back_within_s: u64,
}

fn default_back() -> u64 {
    120
}

/// What may be used at most.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Hours until a ticket ends. Default 12.
    pub ticket_hours: u64,
    /// Sign-in and invite attempts of one address a minute. Default 10.
    pub attempts_per_minute: u32,
    /// Live sockets in all. Default 2,000.
    pub sockets: usize,
    /// The wheel falls to nobody when the driver has been gone for so many seconds. Default 30.
    pub driver_gone_s: u64,
    /// How long a lost connection to debugpy is tried again, in seconds. Default 20.
    pub reattach_s: u64,
    /// Code that somebody evaluates is interrupted after so many seconds. Default 20.
    pub evaluation_s: u64,
    /// What becomes of breakpoints whose author has no connection any more. Default `"keep"`.
    pub breakpoints_of_gone: Keep,
    /// A breakpoint with a condition, hit count or snap that is reached more often a second is disarmed. Default 1,000.
    pub conditions_per_s: u32,
    /// The same for log messages. Default 100.
    pub logs_per_s: u32,
    /// Captures of one snap point a second; what is over is counted. Default 10.
    pub snaps_per_s: u32,
    /// How long a guest waits for a host to let them in, in seconds. Default 900.
    pub guest_waits_s: u64,
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Keep {
    /// `"keep"`: for good.
    Always(Always),
    /// For so many minutes.
    Minutes(f64),
}

/// The word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Always {
    /// `keep`
    Keep,
}

impl Keep {
    /// In milliseconds; `None`: for good.
    pub fn as_millis(self) -> Option<u64> {
        match self {
            Self::Always(Always::Keep) => None,
            Self::Minutes(minutes) => Some((minutes * 60_000.0) as u64),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let entries = breakroom_upstream::EntryLimits::default();
        Self {
            ticket_hours: 12,
            attempts_per_minute: 10,
            sockets: 2_000,
            driver_gone_s: 30,
            reattach_s: 20,
            evaluation_s: 20,
            breakpoints_of_gone: Keep::Always(Always::Keep),
            conditions_per_s: entries.conditions_per_second,
            logs_per_s: entries.logs_per_second,
            snaps_per_s: entries.snaps_per_second,
            guest_waits_s: 900,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8127)),
            data: default_data(),
            public_url: None,
            allowed_hosts: Vec::new(),
            durability: Durability::Normal,
            home_assistant: None,
            targets: Vec::new(),
            limits: Limits::default(),
            sessions_follow: false,
        }
    }
}

/// `$XDG_DATA_HOME/breakroom`, `~/.local/share/breakroom`, or `./breakroom-data` where there is no home.
pub fn default_data() -> PathBuf {
    let xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    xdg.or(home).map_or_else(|| PathBuf::from("breakroom-data"), |base| base.join("breakroom"))
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read the configuration file {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It isn't the TOML that is expected.
    #[error("cannot understand the configuration file {path}")]
    Parse {
        /// Which.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// It contradicts itself.
    #[error("the configuration is wrong: {0}")]
    Wrong(String),
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// It can't be read, isn't the expected TOML, or contradicts itself.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        config.check()?;
        Ok(config)
    }

    /// Checks what the types can't say.
    ///
    /// # Errors
    /// It contradicts itself.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |what: String| Err(ConfigError::Wrong(what));
        for (at, target) in self.targets.iter().enumerate() {
            let name = &target.name;
            if name.trim().is_empty() || name.contains('/') {
                return wrong(format!("a target's name can't be empty or have a slash (`{name}`)"));
            }
            if self.targets[..at].iter().any(|other| other.name == *name) {
                return wrong(format!("two targets are called `{name}`"));
            }
            if !is_address(&target.address) {
                return wrong(format!("target `{name}`: address must be HOST:PORT (`{}`)", target.address));
            }
            if let Some(root) = target.source_roots.iter().find(|root| !root.starts_with('/')) {
                return wrong(format!("target `{name}`: source_roots must be absolute (`{root}`)"));
            }
            if let Some(restart) = &target.restart {
                match (&restart.command, &restart.action) {
                    (Some(command), None) if !command.is_empty() => {}
                    (None, Some(action)) if action.split('.').count() == 2 => {
                        if self.home_assistant.as_ref().is_none_or(|ha| ha.token_file.is_none()) {
                            return wrong(format!(
                                "target `{name}`: a restart action needs home_assistant.token_file"
                            ));
                        }
                    }
                    _ => {
                        return wrong(format!(
                            "target `{name}`: restart needs either command = [\"…\"] or action = \"domain.action\""
                        ));
                    }
                }
            }
        }
        let limits = &self.limits;
        if [limits.conditions_per_s, limits.logs_per_s, limits.snaps_per_s].contains(&0) {
            return wrong("limits of breakpoints must be at least 1 a second".to_owned());
        }
        if limits.breakpoints_of_gone.as_millis() == Some(0) {
            return wrong("limits.breakpoints_of_gone must be \"keep\" or a number of minutes".to_owned());
        }
        for url in self.public_url.iter().chain(self.home_assistant.iter().map(|ha| &ha.url)) {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return wrong(format!("`{url}` must start with http:// or https://"));
            }
        }
        Ok(())
    }
}

/// Whether a text is `HOST:PORT`.
pub fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        let config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }

    #[test]
    fn the_empty_file_is_the_default() {
        let config = parse("").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8127");
        assert!(config.targets.is_empty());
    }

    #[test]
    fn what_the_docs_show_is_understood() {
        parse(include_str!("../../docker/breakroom.toml")).unwrap();
        let readme = include_str!("../../README.md");
        let example = readme.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let config = parse(example).unwrap();
        assert_eq!(config.targets[0].name, "porch");
        assert!(config.targets[0].restart.is_some());
    }

    #[test]
    fn mistakes_are_named() {
        let two = "[[targets]]\nname='a'\naddress='h:1'\n[[targets]]\nname='a'\naddress='h:2'";
        assert!(parse(two).unwrap_err().contains("two targets are called `a`"));
        assert!(parse("[[targets]]\nname='a'\naddress='h'").unwrap_err().contains("HOST:PORT"));
        assert!(parse("lisen = 'x'").unwrap_err().contains("lisen"));
        assert!(
            parse("[[targets]]\nname='a'\naddress='h:1'\n[targets.restart]").unwrap_err().contains("either")
        );
        assert!(parse("public_url = 'breakroom'").unwrap_err().contains("http://"));
    }
}
