//! Serving over TLS, with certificates of an authority of our own that `openssl` makes.

use super::HomeAssistant;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_tungstenite::Connector;

/// A certificate authority that nobody knows.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// Makes its key and certificate.
    ///
    /// # Panics
    /// If `openssl` isn't installed, or fails.
    #[must_use]
    pub fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        this.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=Authority \
             -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
             -keyout authority.key -out authority.pem",
        );
        this
    }

    /// Its own certificate, to be trusted.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A certificate for a server, and its key. `names`: such as `IP:127.0.0.1,DNS:localhost`.
    ///
    /// # Panics
    /// If `openssl` fails.
    #[must_use]
    pub fn issue(&self, names: &str) -> (PathBuf, PathBuf) {
        let extensions = format!("basicConstraints=CA:FALSE\nsubjectAltName={names}\n");
        fs::write(self.folder.path().join("extensions"), extensions).expect("a file");
        self.openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=server -keyout server.key -out server.csr",
        );
        self.openssl(
            "x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 30 \
             -extfile extensions -out server.pem",
        );
        (self.folder.path().join("server.pem"), self.folder.path().join("server.key"))
    }

    fn openssl(&self, arguments: &str) {
        let ran = Command::new("openssl")
            .args(arguments.split_ascii_whitespace())
            .current_dir(self.folder.path())
            .output()
            .expect("`openssl` is installed");
        assert!(ran.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

impl HomeAssistant {
    /// Stops it, and starts it again on the same port as `https://127.0.0.1:PORT`, with this certificate and key.
    ///
    /// # Panics
    /// If it doesn't come back.
    pub async fn serve_over_tls(&mut self, authority: &Authority, (certificate, key): (&Path, &Path)) {
        self.stop().await;
        let file = self.config_dir().join("configuration.yaml");
        let yaml = fs::read_to_string(&file).expect("its configuration");
        let options =
            format!("http:\n  ssl_certificate: {}\n  ssl_key: {}\n", certificate.display(), key.display());
        fs::write(&file, yaml.replacen("http:\n", &options, 1)).expect("its configuration");
        self.url = format!("https://{}", self.address());
        self.connector = Some(trusting(&authority.certificate()));
        self.start_again().await;
    }
}

fn trusting(certificate: &Path) -> Connector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate).expect("PEM")).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Connector::Rustls(Arc::new(config))
}
