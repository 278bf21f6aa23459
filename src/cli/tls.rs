//! Which servers are spoken to by TLS, and whom to trust.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::desk::Service;
use crate::lesson::{Lesson, nearest};
use crate::serve::calling::{Layer, Trust};

/// The arguments about TLS.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsArgs {
    /// Speak TLS: `implicit` from the first octet, `starttls` after STLS or STARTTLS; without a word by the port
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "by-port")]
    pub tls: Option<String>,
    /// The same for the server that takes mail
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "by-port")]
    pub smtp_tls: Option<String>,
    /// Trust who is signed by a certificate in this PEM file, or has it
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,
    /// Trust the certificate with this SHA-256
    #[arg(long, value_name = "SHA-256")]
    pub pin: Vec<String>,
}

impl TlsArgs {
    /// What lies before each of these servers, and whom to trust if any of it is TLS.
    ///
    /// # Errors
    /// A word that is none, TLS with nobody to trust, or by a program without it.
    pub fn layers(
        &self,
        addresses: &BTreeMap<Service, String>,
    ) -> Result<(BTreeMap<Service, Layer>, Option<Trust>), Lesson> {
        let mut layers = BTreeMap::new();
        for (service, address) in addresses {
            let word = if *service == Service::Smtp { &self.smtp_tls } else { &self.tls };
            layers.insert(*service, layer(word.as_deref(), address)?);
        }
        if layers.values().all(|layer| *layer == Layer::Clear) {
            return Ok((layers, None));
        }
        Ok((layers, Some(Trust::new(&self.trust, &self.pin)?)))
    }

    /// Checks words and files, and names the files so that they are found from any folder.
    ///
    /// # Errors
    /// As [`TlsArgs::layers`].
    pub fn at_any_place(mut self) -> Result<Self, Lesson> {
        for word in [&self.tls, &self.smtp_tls].into_iter().flatten() {
            layer(Some(word), "")?;
        }
        if !self.trust.is_empty() || !self.pin.is_empty() {
            Trust::new(&self.trust, &self.pin)?;
        }
        for file in &mut self.trust {
            if let Ok(path) = file.canonicalize() {
                *file = path;
            }
        }
        Ok(self)
    }
}

/// How TLS is spoken to a server at this address, if at all.
fn layer(word: Option<&str>, address: &str) -> Result<Layer, Lesson> {
    let by_port = Layer::of_port(address);
    match word {
        // A port that is for TLS alone says it itself.
        None => Ok(if by_port == Layer::Implicit { by_port } else { Layer::Clear }),
        Some("by-port") => Ok(by_port),
        Some(word) => Layer::named(word).ok_or_else(|| {
            let near = nearest(word, ["implicit", "starttls", "none"]).unwrap_or("implicit");
            Lesson::new(format!("TLS does not begin `{word}`"))
                .note("it begins `implicit`, with the first octet, or `starttls`, after STLS or STARTTLS")
                .hint(format!("did you mean `--tls={near}`?"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_for_tls_needs_no_word_and_others_do() {
        for (word, address, wanted) in [
            (None, "mail.example:993", Layer::Implicit),
            (None, "mail.example:143", Layer::Clear),
            (Some("by-port"), "mail.example:143", Layer::Upgraded),
            (Some("by-port"), "mail.example:995", Layer::Implicit),
            (Some("implicit"), "mail.example:2993", Layer::Implicit),
            (Some("none"), "mail.example:993", Layer::Clear),
        ] {
            assert_eq!(layer(word, address).unwrap(), wanted, "{word:?} {address}");
        }
        assert!(layer(Some("startls"), "x:1").unwrap_err().to_string().contains("`--tls=starttls`"));
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn a_program_without_tls_says_so_and_never_speaks_in_clear_instead() {
        let addresses = BTreeMap::from([(Service::Imap, "127.0.0.1:993".to_owned())]);
        let said = TlsArgs::default().layers(&addresses).unwrap_err().to_string();
        assert!(said.contains("built without TLS") && said.contains("--features tls"), "{said}");
    }
}
