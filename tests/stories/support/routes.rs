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
    let mut prefix = "";
    let mut routes = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.split("scope(").nth(1) {
            prefix = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()).unwrap_or("");
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
        let method = if line.contains("post()") { "POST" } else { "GET" };
        assert!(method == "POST" || line.contains("get()") || line.contains("reading()"), "no method in {line}");
        routes.push(Route { method, pattern: format!("{prefix}{own}") });
    }
    assert_eq!(routes.len(), text.matches(".to(").count());
    routes
}
