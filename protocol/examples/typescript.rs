//! Prints the client's `protocol.ts`; `cargo xtask codegen` puts it into place.

fn main() {
    print!("{}", breakroom_protocol::typescript::protocol_ts());
}
