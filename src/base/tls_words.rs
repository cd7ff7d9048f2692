//! Why there is no safe connection, for people. TLS gives its reasons as text alone, so they are told apart by it.

/// `None` for a text that is not about TLS, or not known.
pub fn reason(whole: &str) -> Option<&'static str> {
    let known = [
        ("UnknownIssuer", "its certificate was signed by nobody whom this machine trusts"),
        ("CaUsedAsEndEntity", "its certificate signed itself"),
        ("NotValidForName", "its certificate is for another name"),
        ("not valid for name", "its certificate is for another name"),
        ("Expired", "its certificate has expired, or the clock of this machine is wrong"),
        ("certificate expired", "its certificate has expired, or the clock of this machine is wrong"),
        ("NotValidYet", "its certificate is not valid yet, or the clock of this machine is wrong"),
        ("not valid yet", "its certificate is not valid yet, or the clock of this machine is wrong"),
        ("InvalidContentType", "it does not speak TLS on this port"),
        ("corrupt message", "it does not speak TLS on this port"),
    ];
    known.iter().find(|(word, _)| whole.contains(word)).map(|(_, words)| *words)
}
