//! The real parts that tests run against.
//!
//! Failing to start one panics with what to do: in a test that is the report.

pub mod debuggee;
pub mod home_assistant;
pub mod port;
pub mod venv;
