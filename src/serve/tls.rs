//! TLS at the edge: a certificate, and the handshake. What the protocols say about it stands in their sessions.
//!
//! Everything of it is behind the feature `tls`, whose cryptography needs a C compiler to build.

#[cfg(feature = "tls")]
pub use with::{Encrypted, Tls};
#[cfg(not(feature = "tls"))]
pub use without::{Encrypted, Tls};

#[cfg(not(feature = "tls"))]
use crate::lesson::Lesson;

#[cfg(not(feature = "tls"))]
pub(super) fn missing() -> Lesson {
    Lesson::new("this maillab was built without TLS")
        .note("its cryptography needs a C compiler, so it is left out unless it is asked for")
        .hint("build it with `cargo build --release --features tls`, or use ports without TLS")
}

#[cfg(feature = "tls")]
mod with {
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use tokio::net::TcpStream;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio_rustls::rustls::{ServerConfig, version};

    use crate::lesson::{Lesson, Place};

    /// An encrypted socket.
    pub type Encrypted = tokio_rustls::server::TlsStream<TcpStream>;

    /// A certificate with its key.
    #[derive(Clone)]
    pub struct Tls {
        acceptor: TlsAcceptor,
        fingerprint: String,
    }

    /// The key does not show.
    impl std::fmt::Debug for Tls {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Tls").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
        }
    }

    impl Tls {
        /// Reads a certificate chain and its key from PEM files.
        ///
        /// # Errors
        /// A file that cannot be read, or holds none, or the two do not belong together.
        pub fn read(certificate: &Path, key: &Path) -> Result<Self, Lesson> {
            let refused = |path: &Path, why: &dyn std::fmt::Display| {
                Lesson::new(format!("this cannot be used for TLS: {why}"))
                    .at(Place::file(path.display().to_string()))
                    .hint("PEM files are wanted; without `--cert` and `--key` a certificate is made at start")
            };
            let chain = CertificateDer::pem_file_iter(certificate)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|error| refused(certificate, &error))?;
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| refused(key, &error))?;
            Self::new(chain, secret).map_err(|why| refused(certificate, &why))
        }

        /// Makes a certificate for `names` that nobody has signed but itself.
        ///
        /// # Errors
        /// If the names cannot stand in one.
        pub fn made_for(names: Vec<String>) -> Result<Self, Lesson> {
            let made = rcgen::generate_simple_self_signed(names)
                .map_err(|error| Lesson::new(format!("no certificate could be made: {error}")))?;
            let secret = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
            Self::new(vec![made.cert.der().clone()], secret).map_err(Lesson::new)
        }

        fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, String> {
            let first = chain.first().ok_or("there is no certificate in it")?;
            let digest = ring_sha256(first);
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_protocol_versions(&[&version::TLS13, &version::TLS12])
                .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
                .map_err(|error| error.to_string())?;
            Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), fingerprint: digest })
        }

        /// SHA-256 over the certificate, as mail programs show it: pairs of hexadecimal digits with colons.
        #[must_use]
        pub fn fingerprint(&self) -> &str {
            &self.fingerprint
        }

        /// Shakes hands with a client.
        ///
        /// # Errors
        /// What broke the connection, or what was wrong with the client's side of it.
        pub async fn accept(&self, stream: TcpStream) -> io::Result<Encrypted> {
            self.acceptor.accept(stream).await
        }
    }

    fn ring_sha256(octets: &[u8]) -> String {
        let provider = ring::default_provider();
        let mut hashes =
            provider.cipher_suites.iter().filter_map(|suite| suite.tls13()).map(|suite| &suite.common);
        let digest = hashes
            .find(|common| common.hash_provider.output_len() == 32)
            .map(|common| common.hash_provider.hash(octets).as_ref().to_vec())
            .unwrap_or_default();
        digest.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(":")
    }
}

#[cfg(not(feature = "tls"))]
mod without {
    use std::io;
    use std::path::Path;

    use tokio::net::TcpStream;

    use super::missing;
    use crate::lesson::Lesson;

    /// There is none.
    pub type Encrypted = TcpStream;

    /// There is none: this maillab was built without it.
    #[derive(Clone, Debug)]
    pub enum Tls {}

    impl Tls {
        /// There is none.
        ///
        /// # Errors
        /// Always.
        pub fn read(_: &Path, _: &Path) -> Result<Self, Lesson> {
            Err(missing())
        }

        /// There is none.
        ///
        /// # Errors
        /// Always.
        pub fn made_for(_: Vec<String>) -> Result<Self, Lesson> {
            Err(missing())
        }

        /// There is none.
        #[must_use]
        pub fn fingerprint(&self) -> &str {
            match *self {}
        }

        /// There is none.
        ///
        /// # Errors
        /// Never: nobody has one.
        #[expect(clippy::unused_async, reason = "it has the shape of its namesake")]
        pub async fn accept(&self, _: TcpStream) -> io::Result<Encrypted> {
            match *self {}
        }
    }
}
