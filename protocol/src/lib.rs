//! What Breakroom's parts say to each other: ids, messages, journal events, the fold, DAP, error codes.
//!
//! Knows nobody: no runtime, no web framework, no database. Everything that crosses a wire or is stored
//! is defined here once; the web client's TypeScript is generated from it (`cargo xtask codegen`).

pub mod close;
pub mod command;
pub mod dap;
pub mod error;
pub mod event;
pub mod fold;
pub mod ids;
pub mod message;
pub mod model;
pub mod plain;
pub mod room;
pub mod typescript;
pub mod upstream;
pub mod vectors;
pub mod wire;

pub use close::CloseCode;
pub use command::{ClientMessage, Command};
pub use error::{ErrorBody, ErrorCode};
pub use event::{Envelope, Event};
pub use fold::Snapshot;
pub use ids::*;
pub use message::ServerMessage;
pub use model::*;
pub use plain::PlainRead;
