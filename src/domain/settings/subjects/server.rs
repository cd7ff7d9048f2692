//! Keys about the way in.
use crate::domain::server::{BasePath, Bind, Bridge, DomainName};
use crate::domain::settings::key::{Hand, Subject, key};
use crate::domain::settings::kind::{Kind, is};
use crate::domain::settings::mistake::Rule;

pub const SERVER: Subject = Subject {
    section: "server",
    title: "How the page is reached",
    about: "Who may come in, and by which way.",
    hand: Hand::File,
    keys: &[
        key(
            "bind",
            Kind::Text { rule: is::<Bind>, code: Rule::BadName },
            "Address",
            "Address and port, or unix: and the path of a socket behind a web server.",
        )
        .else_is("127.0.0.1:8085"),
        key(
            "base_path",
            Kind::Text { rule: is::<BasePath>, code: Rule::BadName },
            "Path",
            "The path below which a web server shows the page.",
        )
        .else_is("/"),
        key(
            "auth",
            Kind::OneOf(&["panel", "indi-allsky", "token", "none"]),
            "Login",
            "panel and indi-allsky use the login of those pages, token asks for a secret; none works on this machine alone.",
        )
        .else_is("panel on a socket, token with a token_file, else none"),
        key("token_file", Kind::Path, "Token in", "A file whose first line is the token, readable by its owner alone.")
            .else_is("none"),
        key(
            "hosts",
            Kind::Texts { rule: is::<DomainName>, code: Rule::BadName },
            "Further names",
            "Names of this machine, beyond its own, by which browsers call it.",
        ),
    ],
};

pub const PANEL: Subject = Subject {
    section: "panel",
    title: "Login of the panel",
    about: "",
    hand: Hand::File,
    keys: &[
        key(
            "bridge",
            Kind::Text { rule: is::<Bridge>, code: Rule::BadName },
            "Asked at",
            "Address on this machine where the panel says who is logged in.",
        )
        .else_is("http://127.0.0.1/backups-session.php"),
        key("socket", Kind::Path, "Socket of indi-allsky", "Where its web application says who is logged in.")
            .else_is("/var/lib/indi-allsky/gunicorn-indi-allsky.sock"),
    ],
};
