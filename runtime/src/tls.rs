//! Whose cryptography TLS uses, where a program has not said.

/// Makes sure that rustls finds a cryptography provider, without which building a client panics.
pub(crate) fn ensure_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may be first; then there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
