//! The machine and the home around a target: is its debugger active, and how is it restarted.

mod action;
mod listening;

pub use action::{call_action, run_command};
pub use listening::listening;
