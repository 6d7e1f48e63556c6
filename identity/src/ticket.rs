//! Our own tickets: JSON Web Tokens, HS256, signed with a key that never leaves its file.
//!
//! The claims say only *which* ticket it is and until when; who its holder is and may do is in the table, so that
//! no stolen key file alone makes anybody a host: an id that isn't in the table is good for nothing.

use crate::IdentityError;
use breakroom_protocol::ids::{ParticipantId, TicketId};
use breakroom_protocol::model::UnixMillis;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

const KEY_FILE: &str = "ticket.key";
const KEY_BYTES: usize = 32;
const ISSUER: &str = "breakroom";
/// Ours have about 250 characters.
const LONGEST: usize = 1_024;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: ParticipantId,
    jti: TicketId,
    iat: u64,
    exp: u64,
}

/// Signs and verifies. `Debug` shows nothing of the key.
pub(crate) struct TicketKey {
    sign: EncodingKey,
    verify: DecodingKey,
    validation: Validation,
}

impl TicketKey {
    /// Reads the key in `data_dir`, or makes both at the first start.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, IdentityError> {
        let path = data_dir.join(KEY_FILE);
        let failed = |source| IdentityError::Key { path: path.clone(), source };
        fs::create_dir_all(data_dir).map_err(failed)?;
        let bytes = match File::open(&path) {
            Ok(file) => read_key(&file, &path).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(&path).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        };
        match <[u8; KEY_BYTES]>::try_from(bytes) {
            Ok(key) => Ok(Self::new(&key)),
            Err(_) => Err(IdentityError::KeyDamaged { path }),
        }
    }

    pub(crate) fn new(key: &[u8; KEY_BYTES]) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        Self { sign: EncodingKey::from_secret(key), verify: DecodingKey::from_secret(key), validation }
    }

    pub(crate) fn sign(
        &self,
        id: TicketId,
        holder: ParticipantId,
        issued_at: UnixMillis,
        expires_at: UnixMillis,
    ) -> Result<String, IdentityError> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: holder,
            jti: id,
            iat: issued_at / 1_000,
            // Rounded up: the table knows the millisecond.
            exp: expires_at.div_ceil(1_000),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.sign).map_err(IdentityError::Sign)
    }

    /// Which ticket this is, if it is well signed and unexpired.
    pub(crate) fn verify(&self, ticket: &str) -> Result<TicketId, IdentityError> {
        if ticket.len() > LONGEST {
            return Err(IdentityError::TicketInvalid);
        }
        match jsonwebtoken::decode::<Claims>(ticket, &self.verify, &self.validation) {
            Ok(data) => Ok(data.claims.jti),
            Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => {
                Err(IdentityError::TicketExpired)
            }
            Err(_) => Err(IdentityError::TicketInvalid),
        }
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketKey(…)")
    }
}

fn read_key(file: &File, path: &Path) -> io::Result<Vec<u8>> {
    restrict(file, path)?;
    let mut bytes = Vec::with_capacity(KEY_BYTES);
    // One byte more than a key tells a longer file from one.
    file.take(KEY_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes the key beside its place and renames it there, so that a crash leaves no half of one.
fn make_key(path: &Path) -> io::Result<Vec<u8>> {
    let key = rand::random::<[u8; KEY_BYTES]>();
    let draft = path.with_extension("key.new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    tracing::info!(path = %path.display(), "made the key that signs tickets");
    Ok(key.to_vec())
}

/// Takes the file away from group and others, should somebody have opened it to them.
#[cfg(unix)]
fn restrict(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others could read the ticket key; delete it if they did");
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_file: &File, _path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    const LATER: u64 = 4_000_000_000;

    fn forged(header: &Header, claims: &serde_json::Value, key: &[u8]) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(key)).unwrap()
    }

    #[test]
    fn a_ticket_comes_back_as_itself() {
        let (key, id) = (TicketKey::new(&[7; 32]), TicketId::new());
        let ticket = key.sign(id, ParticipantId::new(), 0, LATER * 1_000).unwrap();
        assert_eq!(key.verify(&ticket).unwrap(), id);
        assert!(matches!(TicketKey::new(&[8; 32]).verify(&ticket), Err(IdentityError::TicketInvalid)));
        let expired = key.sign(id, ParticipantId::new(), 0, 1_000).unwrap();
        assert!(matches!(key.verify(&expired), Err(IdentityError::TicketExpired)));
        assert!(matches!(TicketKey::new(&[8; 32]).verify(&expired), Err(IdentityError::TicketInvalid)));
    }

    #[test]
    fn forgeries_are_invalid() {
        let key = TicketKey::new(&[7; 32]);
        let claims = json!({"iss": "breakroom", "sub": ParticipantId::new(), "jti": TicketId::new(), "iat": 1, "exp": LATER});
        assert!(key.verify(&forged(&Header::new(Algorithm::HS256), &claims, &[7; 32])).is_ok());
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let none = format!("{}.{}.", part(json!({"alg": "none", "typ": "JWT"})), part(claims.clone()));
        let without = |name: &str| {
            let mut fewer = claims.clone();
            fewer.as_object_mut().unwrap().remove(name);
            forged(&Header::new(Algorithm::HS256), &fewer, &[7; 32])
        };
        let good = forged(&Header::new(Algorithm::HS256), &claims, &[7; 32]);
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let swapped = format!(
            "{}.{}.{signature}",
            signed.split('.').next().unwrap(),
            part(json!({"jti": TicketId::new()}))
        );
        for bad in [
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(5_000),
            none,
            forged(&Header::new(Algorithm::HS512), &claims, &[7; 32]),
            forged(&Header::new(Algorithm::HS256), &claims, &[0; 32]),
            without("exp"),
            without("iss"),
            without("jti"),
            signed.to_owned(),
            swapped,
        ] {
            assert!(matches!(key.verify(&bad), Err(IdentityError::TicketInvalid)), "{bad:.60}");
        }
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let id = TicketId::new();
        let ticket =
            TicketKey::open(&data).unwrap().sign(id, ParticipantId::new(), 0, LATER * 1_000).unwrap();
        assert_eq!(TicketKey::open(&data).unwrap().verify(&ticket).unwrap(), id);
        let path = data.join(KEY_FILE);
        assert_eq!(fs::metadata(&path).unwrap().len(), 32);
        assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
        fs::write(&path, "short").unwrap();
        assert!(matches!(TicketKey::open(&data), Err(IdentityError::KeyDamaged { .. })));
        fs::remove_file(&path).unwrap();
        assert!(matches!(TicketKey::open(&data).unwrap().verify(&ticket), Err(IdentityError::TicketInvalid)));
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_0600_even_if_it_was_opened_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        TicketKey::open(dir.path()).unwrap();
        let path = dir.path().join(KEY_FILE);
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        TicketKey::open(dir.path()).unwrap();
        assert_eq!(mode(&path), 0o600);
    }
}
