//! The whole product, end to end: the real binary, real debugpy, real Home Assistant, real SQLite.
//!
//! Each test starts its own server on a free port with a folder of its own, and what is waited for is a state, with a
//! deadline. `support` has the people: who signs in, what they send, what they see.
#![allow(clippy::unwrap_used, reason = "a test that can't go on panics")]

mod abuse;
mod admission;
mod bounded;
mod breakpoints;
mod child_sessions;
mod children;
mod children_lost;
mod deep_stacks;
mod docs;
mod doors;
mod drift;
mod driving;
mod editor_depth;
mod editor_requests;
mod editors;
mod flood;
mod following;
mod functions;
mod hanging;
mod holding;
mod home_assistant;
mod house;
mod interrupting;
mod joining;
mod journal;
mod killed;
mod life;
mod locked;
mod moving;
mod programs;
mod proposals;
mod pythons;
mod reading;
mod roles;
mod silence;
mod snaps;
mod sockets;
mod starting;
mod support;
mod tasks;
mod tls;
mod trouble;
mod values;
mod watches;
mod wire;
