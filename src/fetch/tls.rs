//! Secure connections.
//!
//! Enters: files of root certificates; later the faults of handshakes. Leaves: a configuration; the faults in words.
//! Invariant: certificates are always verified, against the roots of the system and those that are given.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, Error, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::error::ClientError;

/// Root certificates that are read from the files given, in all.
const MAX_ROOTS: usize = 10_000;

/// Protocols that are offered in the handshake, the best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A configuration that trusts the system's roots and those in `files` (PEM).
pub(super) fn configure(files: &[PathBuf]) -> Result<ClientConfig, ClientError> {
    let setup = |error: Error| ClientError::Setup { reason: error.to_string() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = read_roots(files)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(setup)?;
    let builder = match Verifier::new_with_extra_roots(roots, provider) {
        Ok(verifier) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)),
        // A system without roots can still be used for http; whatever is asked by https has an unknown issuer.
        Err(Error::General(_)) => builder.with_root_certificates(RootCertStore::empty()),
        Err(error) => return Err(setup(error)),
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = PROTOCOLS.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

fn read_roots(files: &[PathBuf]) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let mut roots = Vec::new();
    let mut store = RootCertStore::empty();
    for path in files {
        let unusable = |reason: String| ClientError::Certificate { path: path.clone(), reason };
        let before = roots.len();
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))? {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            store.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
            roots.push(certificate);
            if roots.len() > MAX_ROOTS {
                return Err(unusable("it holds too many certificates".to_owned()));
            }
        }
        if roots.len() == before {
            return Err(unusable("it holds no certificate in PEM form".to_owned()));
        }
    }
    Ok(roots)
}

/// What is wrong with a secure connection.
pub(super) fn word(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(fault) => word_certificate(fault),
        Error::InvalidMessage(_) => "what answers on this port does not speak TLS".to_owned(),
        Error::AlertReceived(alert) => format!("the server ended the handshake with the alert {alert:?}"),
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => {
            format!("no version or cipher is common to both sides ({error})")
        }
        other => other.to_string(),
    }
}

fn word_certificate(fault: &CertificateError) -> String {
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for another name".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "the certificate's issuer is not trusted (or it is self-signed, or the server leaves out a certificate \
             between them)"
                .to_owned()
        }
        // The verifier's own errors have no type that can be named.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate is self-signed, or one that only issues others".to_owned()
        }
        CertificateError::Revoked => "the certificate was revoked".to_owned(),
        other => format!("the certificate cannot be used: {other}"),
    }
}
