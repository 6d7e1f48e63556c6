//! A DAP editor's way into a session: to the editor it is a debug adapter, to the server one more client.
//!
//! In: DAP from an editor over loopback or stdio; the live socket and the `breakpoints` doc of one session. Out: DAP to
//! the editor; commands and doc edits to the room. The [`facade`] decides without IO; [`serve`] and [`room`] carry.
//!
//! Invariants: every DAP request is answered exactly once, also when the room is gone. Nothing that an editor does
//! ends the session for others, unless a host was started with `host_ends`. What a participant may do is decided by
//! the server: here it is only foreseen, so that a refusal comes with words that help.

mod account;
pub mod facade;
mod http;
mod link;
mod pace;
mod replica;
mod room;
mod serve;

pub use account::{Account, JoinError};
pub use facade::PathMap;
pub use serve::{Ending, Options, WireWanted, serve, serve_stdio};
