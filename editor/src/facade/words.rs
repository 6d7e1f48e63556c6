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
/// What the debug console understands.
pub const CONSOLE: &str = "There are /wheel, /release, /say TEXT, /run NUMBER and /decline NUMBER; for hosts, also /admit NAME and /turn-away NAME.";
/// Before `attach`.
pub const NOT_ATTACHED: &str = "Nothing is joined yet: `attach` comes first.";
/// As `rights` says it.
pub const WATCHERS_PROPOSE: &str = "Watchers don't drive: ask who drives, in the chat (/say TEXT) or in the room, where steps can be proposed.";
/// As the docs' rules say it.
pub const WATCHERS_READ: &str = "Watchers don't set breakpoints themselves.";
/// As the docs' rules say it.
pub const NO_CODE: &str =
    "You may not run code here, and conditions, log messages and hit expressions are code.";
/// Instead of an answer, when an expression was proposed.
pub const PROPOSED: &str = "You may not run code here, so this was proposed: a host runs it or not, and what comes of it is said here.";

/// A role for people.
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Host => "host",
        Role::Collaborator => "collaborator",
        Role::Watcher => "watcher",
    }
}
