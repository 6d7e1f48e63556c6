//! Sentences that more than one place says.

use breakroom_protocol::Role;

/// While the connection to the server is lost.
pub const NOT_CONNECTED: &str =
    "The connection to Breakroom is lost at the moment: it is tried again by itself.";
/// A frame or variable of an earlier stop.
pub const STALE: &str =
    "That belongs to an earlier stop: the program has run on since. Look at where it is now.";
/// It needs a paused program.
pub const RUNNING: &str = "The program is running: pause it first.";
/// Before `attach`.
pub const NOT_ATTACHED: &str = "Nothing is joined yet: `attach` comes first.";
/// As `rights` says it.
pub const WATCHERS_PROPOSE: &str =
    "Watchers may only propose steps, and proposals aren't possible yet: ask a host in the chat.";
/// As the docs' rules say it.
pub const WATCHERS_READ: &str = "Watchers don't set breakpoints: ask somebody in the room to set it.";
/// As the docs' rules say it.
pub const NO_CODE: &str = "You may not run code here, and conditions, log messages and hit expressions are code: \
     ask a host to let you, or to set it.";

/// A role for people.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Host => "host",
        Role::Collaborator => "collaborator",
        Role::Watcher => "watcher",
    }
}
