//! Every address of the page, read from the place where they are made, so that a new one is tested
//! before anybody thinks of it.
use std::fs;
use std::path::Path;

#[derive(Debug, Clone)]
pub struct Route {
    pub method: &'static str,
    /// With places to fill: `/archive/{name}/tree`.
    pub pattern: String,
}

pub fn all() -> Vec<Route> {
    let panel = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/panel");
    for file in fs::read_dir(&panel).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
        let text = fs::read_to_string(&file).unwrap();
        let makes_routes = text.contains(".route(\"") || text.contains("resource(\"");
        assert!(!makes_routes || file.ends_with("routes.rs"), "{} makes routes of its own", file.display());
    }
    let text = fs::read_to_string(panel.join("routes.rs")).unwrap();
    // A scope may lie in another one: `.service(archive())`.
    let scopes: Vec<(&str, &str)> = text
        .split("\nfn ")
        .skip(1)
        .filter_map(|part| {
            let own = part.split("scope(\"").nth(1)?.split('"').next()?;
            Some((part.split('(').next()?, own))
        })
        .collect();
    let whole = |name: &str| {
        let mut path = String::new();
        let mut at = name.to_owned();
        while let Some((name, own)) = scopes.iter().find(|(name, _)| **name == *at) {
            path = format!("{own}{path}");
            let (before, _) =
                text.split_once(&format!(".service({name}())")).unwrap_or_else(|| panic!("{name} lies nowhere"));
            at = before.rsplit("fn ").next().unwrap().split('(').next().unwrap().to_owned();
        }
        path
    };
    let mut prefix = String::new();
    // A scope within a function reaches as far as lines are further in than it.
    let mut inner: Option<(usize, &str)> = None;
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut routes = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.trim_start_matches("pub ").strip_prefix("fn ") {
            prefix = whole(name.split('(').next().unwrap());
        }
        inner = inner.filter(|(begin, _)| depth(line) > *begin);
        if let Some(own) = line.trim_start().strip_prefix("scope(\"").filter(|_| depth(line) > 4) {
            inner = Some((depth(line), own.split('"').next().unwrap()));
        }
        if !line.contains(".to(") {
            continue;
        }
        // The page itself, without its last slash.
        if line.contains("resource(placement.prefix())") {
            routes.push(Route { method: "GET", pattern: String::new() });
            continue;
        }
        let own = ["route(\"", "resource(\""].iter().find_map(|start| line.split(start).nth(1));
        let own = own.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("no address in {line}"));
        let methods = [
            ("post()", "POST"),
            ("get()", "GET"),
            ("read()", "GET"),
            ("put()", "PUT"),
            ("patch()", "PATCH"),
            ("delete()", "DELETE"),
            ("head()", "HEAD"),
            ("Method::OPTIONS", "OPTIONS"),
        ];
        let method = methods.into_iter().find(|(word, _)| line.contains(word));
        let (_, method) = method.unwrap_or_else(|| panic!("no method in {line}"));
        routes.push(Route { method, pattern: format!("{prefix}{}{own}", inner.map_or("", |(_, own)| own)) });
    }
    for known in ["/archive/{name}/restore/preview", "/api/restore/preview", "/api/status", "/events"] {
        assert!(routes.iter().any(|route| route.pattern == known), "{known}: {routes:?}");
    }
    assert_eq!(routes.len(), text.matches(".to(").count());
    routes
}
