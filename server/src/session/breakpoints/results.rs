//! What became of an entry, in the words that people are told. Pure.

use breakroom_protocol::upstream::{FunctionFound, UpstreamBreakpoint};
use breakroom_protocol::{BreakpointResult, EntryId};

/// Of an entry at a line: as debugpy has it.
pub(super) fn line_result(id: &EntryId, line: u32, got: &UpstreamBreakpoint) -> BreakpointResult {
    let moved = got.line.filter(|actual| *actual != line);
    BreakpointResult {
        id: id.clone(),
        verified: got.verified,
        line: moved,
        message: got.message.clone(),
        failed: false,
    }
}

/// Of one on a function: as it was found.
pub(super) fn function_result(id: &EntryId, found: FunctionFound) -> BreakpointResult {
    let message = match found {
        FunctionFound::Here => None,
        FunctionFound::Nowhere => Some("No such function is loaded yet; it holds as soon as one is."),
        FunctionFound::Library => Some(
            "It is library code, where the debugger doesn't stop: `just_my_code = false` in the target's configuration changes that.",
        ),
        FunctionFound::Suspends => Some(
            "It is a coroutine or generator: before Python 3.12 the debugger isn't told when one begins. Set a breakpoint on its first line.",
        ),
    };
    let message = message.map(str::to_owned);
    BreakpointResult {
        id: id.clone(),
        verified: found == FunctionFound::Here,
        line: None,
        message,
        failed: false,
    }
}
