//! Writes the vectors that hold `fold.rs` and the client's `fold.ts` equal; `cargo xtask codegen` puts them into
//! place: `cargo run -p breakroom-protocol --example vectors -- DIR`.

use breakroom_protocol::vectors;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "protocol/vectors".to_owned()));
    std::fs::create_dir_all(&folder)?;
    for vector in vectors::all() {
        let text = serde_json::to_string_pretty(&vector)? + "\n";
        std::fs::write(folder.join(format!("{}.json", vector.name)), text)?;
    }
    Ok(())
}
