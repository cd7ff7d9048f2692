//! Whose signatures count: the authorities of this machine, and one of the owner's own.
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::Error;
use crate::base::plain::{TEXT, read_plain};

/// Those of the system, and those of the PEM file `authority`.
pub(super) fn trusted(authority: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Error> {
    // Certificates of the system that cannot be read are not trusted; the connection says so.
    let mut roots = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = authority {
        let text = read_plain(path, TEXT).map_err(|why| Error::Authority(why.to_string()))?;
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(&text) {
            roots.push(certificate.map_err(|why| Error::Authority(why.to_string()))?);
        }
        if roots.len() == before {
            return Err(Error::Authority("there is no certificate in the file".into()));
        }
    }
    Ok(roots)
}
