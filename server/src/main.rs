//! `breakroom`: the server's binary.
mod session;
fn main() {}
