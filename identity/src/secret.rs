//! Secrets that are handed out once and kept as hashes.
//!
//! A lookup by hash needs no constant-time comparison: to steer it, one would have to know preimages.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// SHA-256 of a secret or a token; safe to keep and to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub(crate) [u8; 32]);

impl SecretHash {
    /// Of a secret or a token.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }
}

/// 32 random bytes as 43 characters of base64url.
#[must_use]
pub fn new_secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// The hash of something that can be a secret of ours; `None` spares the lookup of anything else.
#[must_use]
pub fn hash_if_plausible(secret: &str) -> Option<SecretHash> {
    let secret = secret.trim();
    let plausible =
        secret.len() == 43 && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    plausible.then(|| SecretHash::of(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_plausible_and_differ() {
        let (a, b) = (new_secret(), new_secret());
        assert_ne!(a, b);
        assert_eq!(hash_if_plausible(&format!(" {a}\n")), Some(SecretHash::of(&a)));
        for bad in ["", "short", &"a".repeat(44), &"ä".repeat(43), &"=".repeat(43)] {
            assert_eq!(hash_if_plausible(bad), None);
        }
    }
}
