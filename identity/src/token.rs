//! A Home Assistant access token as far as it can be judged without asking Home Assistant.
//!
//! Only Home Assistant can check the signature; each question with a bad token counts there as a failed login of
//! this server's address. What is plainly no token, or expired by its own word, is therefore never asked about.

use crate::IdentityError;
use crate::secret::SecretHash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use breakroom_protocol::model::UnixMillis;
use serde::Deserialize;
use std::fmt;

/// Home Assistant's tokens have about 180 characters; nobody's have more than this.
const LONGEST: usize = 4_096;

/// A token of the right shape. `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct Token {
    text: String,
    expires_at: Option<UnixMillis>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    /// Seconds since the epoch. Home Assistant always sets it; an absent one is left to it to judge.
    exp: Option<f64>,
}

impl Token {
    /// Checks shape and expiry of what was pasted (quotes and blanks around it are forgiven).
    pub(crate) fn parse(pasted: &str, now: UnixMillis) -> Result<Self, IdentityError> {
        if pasted.len() > LONGEST {
            return Err(IdentityError::TokenMalformed);
        }
        let text = pasted.trim().trim_matches(['"', '\'']);
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else { return Err(IdentityError::TokenMalformed) };
        let header: Header = decode(header)?;
        let claims: Claims = decode(claims)?;
        let signed = URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| !bytes.is_empty());
        if !signed || header.alg.eq_ignore_ascii_case("none") {
            return Err(IdentityError::TokenMalformed);
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // saturates, which is what is meant
        let expires_at = claims.exp.map(|seconds| (seconds * 1000.0) as UnixMillis);
        let token = Self { text: text.to_owned(), expires_at };
        if token.is_expired(now) { Err(IdentityError::TokenExpired) } else { Ok(token) }
    }

    /// Whether its own `exp` has passed: asking about it now would count as a failed login.
    pub(crate) fn is_expired(&self, now: UnixMillis) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    pub(crate) fn hash(&self) -> SecretHash {
        SecretHash::of(&self.text)
    }

    /// The token itself, to send to Home Assistant and nowhere else.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, IdentityError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| IdentityError::TokenMalformed)?;
    serde_json::from_slice(&bytes).map_err(|_| IdentityError::TokenMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(header: &str, claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn shape_and_expiry_are_judged() {
        let good = jwt(HEADER, r#"{"iss":"x","iat":1,"exp":2000}"#);
        assert_eq!(Token::parse(&format!(" \"{good}\"\n"), 1_999_999).unwrap().expose(), good);
        assert!(matches!(Token::parse(&good, 2_000_000), Err(IdentityError::TokenExpired)));
        assert!(Token::parse(&jwt(HEADER, "{}"), 1).is_ok());
        assert!(Token::parse(&jwt(HEADER, r#"{"exp":1e300}"#), 1).is_ok());
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        let long = jwt(HEADER, &format!(r#"{{"a":"{}"}}"#, "x".repeat(5_000)));
        for bad in [
            "",
            "hello",
            "a.b.c",
            "..",
            &format!("{}.extra", jwt(HEADER, "{}")),
            &jwt("{}", "{}"),
            &jwt(r#"{"alg":"none"}"#, "{}"),
            &jwt(HEADER, "[]"),
            &jwt(HEADER, r#"{"exp":"soon"}"#),
            jwt(HEADER, "{}").strip_suffix("c2ln").unwrap(),
            &long,
        ] {
            assert!(matches!(Token::parse(bad, 1), Err(IdentityError::TokenMalformed)), "{bad:.80}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let token = Token::parse(&jwt(HEADER, "{}"), 1).unwrap();
        assert!(!format!("{token:?}").contains("c2ln"));
    }
}
