//! `sqlx::migrate!` reads the folder when the crate is compiled; a migration that is added later must be seen too.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
