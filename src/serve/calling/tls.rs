//! TLS at the client's end: whom to trust, and the handshake. All of it is behind the feature `tls`.
//!
//! Nobody is trusted by default. A server shows a certificate; it is accepted if it was signed by one of the
//! certificates in a PEM file (or is one of them), or if its SHA-256 is one that was named.

#[cfg(not(feature = "tls"))]
use super::super::tls::missing;
use crate::lesson::Lesson;

#[cfg(feature = "tls")]
pub use with::{Encrypted, Trust};
#[cfg(not(feature = "tls"))]
pub use without::{Encrypted, Trust};

/// The digits of a SHA-256 as it may be named: pairs with colons or without, in any case of letters.
fn digits(pin: &str) -> Result<String, Lesson> {
    let bare: String = pin.chars().filter(|c| *c != ':').collect();
    if bare.len() == 64 && bare.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return Ok(bare.to_ascii_uppercase());
    }
    Err(Lesson::new(format!("`{pin}` is no SHA-256 of a certificate"))
        .note("it has 64 hexadecimal digits, with colons between pairs or without")
        .hint("`maillab serve --tls` says its own; `openssl x509 -in cert.pem -noout -fingerprint -sha256` any other's"))
}

#[cfg(feature = "tls")]
mod with {
    use std::io;
    use std::net::TcpStream;
    use std::path::PathBuf;
    use std::sync::Arc;

    use sha2::{Digest, Sha256};
    use tokio_rustls::rustls::client::WebPkiServerVerifier;
    use tokio_rustls::rustls::client::danger::{
        HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
    };
    use tokio_rustls::rustls::crypto::{
        CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
    };
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use tokio_rustls::rustls::{
        ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
        StreamOwned, version,
    };

    use super::{Lesson, digits};
    use crate::lesson::Place;

    /// An encrypted socket.
    pub type Encrypted = StreamOwned<ClientConnection, TcpStream>;

    /// Whom to trust.
    #[derive(Clone, Debug)]
    pub struct Trust {
        config: Arc<ClientConfig>,
    }

    impl Trust {
        /// Trusts who is signed by a certificate in one of these PEM files, and whose certificate has one of these
        /// SHA-256.
        ///
        /// # Errors
        /// A file that cannot be read or holds no certificate; a pin that is none.
        pub fn new(files: &[PathBuf], pins: &[String]) -> Result<Self, Lesson> {
            let mut pins = pins.iter().map(|pin| digits(pin)).collect::<Result<Vec<_>, _>>()?;
            let mut roots = RootCertStore::empty();
            for file in files {
                let refused = |why: &dyn std::fmt::Display| {
                    Lesson::new(format!("nobody can be trusted by this: {why}"))
                        .at(Place::file(file.display().to_string()))
                        .hint(
                            "a PEM file with the server's certificate is wanted, or with those who sign such",
                        )
                };
                let before = pins.len();
                let certificates = CertificateDer::pem_file_iter(file).map_err(|error| refused(&error))?;
                for certificate in certificates {
                    let certificate = certificate.map_err(|error| refused(&error))?;
                    pins.push(sha256(&certificate));
                    // One that cannot sign others is still trusted itself.
                    roots.add(certificate).ok();
                }
                if pins.len() == before {
                    return Err(refused(&"there is no certificate in it"));
                }
            }
            let provider = Arc::new(ring::default_provider());
            let verifier =
                Verifier { chain: chain(roots, &provider)?, pins, provider: Arc::clone(&provider) };
            let config = ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(&[&version::TLS13, &version::TLS12])
                .map_err(|error| Lesson::new(format!("TLS cannot be spoken here: {error}")))?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth();
            Ok(Self { config: Arc::new(config) })
        }

        /// Shakes hands with the server that is called `host`.
        ///
        /// # Errors
        /// What broke the connection, or why the server is not trusted.
        pub fn encrypt(&self, host: &str, mut stream: TcpStream) -> io::Result<Encrypted> {
            let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
            let mut conn = ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
            while conn.is_handshaking() {
                conn.complete_io(&mut stream)?;
            }
            Ok(StreamOwned::new(conn, stream))
        }
    }

    fn chain(
        roots: RootCertStore,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Arc<WebPkiServerVerifier>>, Lesson> {
        if roots.is_empty() {
            return Ok(None);
        }
        let built =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        built.map(Some).map_err(|error| Lesson::new(format!("nobody can be trusted by these: {error}")))
    }

    fn sha256(octets: &[u8]) -> String {
        Sha256::digest(octets).iter().map(|octet| format!("{octet:02X}")).collect()
    }

    /// Looks at a server's certificate.
    #[derive(Debug)]
    struct Verifier {
        chain: Option<Arc<WebPkiServerVerifier>>,
        pins: Vec<String>,
        provider: Arc<CryptoProvider>,
    }

    impl ServerCertVerifier for Verifier {
        fn verify_server_cert(
            &self,
            end: &CertificateDer<'_>,
            between: &[CertificateDer<'_>],
            name: &ServerName<'_>,
            ocsp: &[u8],
            now: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            let digest = sha256(end);
            if self.pins.contains(&digest) {
                return Ok(ServerCertVerified::assertion());
            }
            let why = match &self.chain {
                Some(chain) => match chain.verify_server_cert(end, between, name, ocsp, now) {
                    Ok(verified) => return Ok(verified),
                    Err(error) => error.to_string(),
                },
                None => "nobody is trusted yet".to_owned(),
            };
            let pairs: Vec<&str> =
                digest.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
            let shown = pairs.join(":");
            Err(Error::General(format!(
                "the server's certificate is not trusted ({why}); its SHA-256 is {shown}"
            )))
        }

        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let known = &self.provider.signature_verification_algorithms;
            verify_tls12_signature(message, certificate, signed, known)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            let known = &self.provider.signature_verification_algorithms;
            verify_tls13_signature(message, certificate, signed, known)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.provider.signature_verification_algorithms.supported_schemes()
        }
    }
}

#[cfg(not(feature = "tls"))]
mod without {
    use std::io;
    use std::net::TcpStream;
    use std::path::PathBuf;

    use super::{Lesson, digits, missing};

    /// There is none.
    pub type Encrypted = TcpStream;

    /// There is none: this maillab was built without it.
    #[derive(Clone, Debug)]
    pub enum Trust {}

    impl Trust {
        /// There is none.
        ///
        /// # Errors
        /// Always.
        pub fn new(_: &[PathBuf], pins: &[String]) -> Result<Self, Lesson> {
            pins.iter().try_for_each(|pin| digits(pin).map(drop))?;
            Err(missing())
        }

        /// There is none.
        ///
        /// # Errors
        /// Never: nobody has one.
        pub fn encrypt(&self, _: &str, _: TcpStream) -> io::Result<Encrypted> {
            match *self {}
        }
    }
}
