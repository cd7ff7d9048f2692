//! The description of the web interface (OpenAPI 3.1), made of the table of addresses and of hand-written shapes.
use serde_json::{Map, Value, json};

use super::endpoint::Endpoint;
use super::endpoints::{ALL, full_path};

/// Shapes of what is sent and answered, and parameters of queries.
const COMPONENTS: &str = include_str!("components.json");
const ABOUT: &str = "Every answer that refuses something is {\"error\": {\"code\", \"message\", \"advice\", \"details\"}}. \
                     Lists that are read in parts take limit (at most 500) and cursor, and name the cursor of the next part as next.";

/// The whole description; `base` is the path of the page: `/backups/`.
pub fn document(base: &str) -> Value {
    let mut paths = Map::new();
    for endpoint in ALL {
        let path = paths.entry(full_path(endpoint)).or_insert_with(|| Value::Object(Map::new()));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(endpoint.method.to_ascii_lowercase(), operation(endpoint));
        }
    }
    let mut components: Value = serde_json::from_str(COMPONENTS).unwrap_or_default();
    components["securitySchemes"] = json!({
        "token": { "type": "http", "scheme": "bearer", "description": "A token of `allsky-backups tokens add`." },
    });
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Allsky Backups", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "servers": [{ "url": base.trim_end_matches('/') }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": components,
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let in_path = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(endpoint.query.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
    let mut told = json!({
        "summary": endpoint.summary,
        "description": format!("Takes a token with the right {}.", endpoint.right),
        "x-right": endpoint.right,
        "parameters": parameters,
        "responses": {
            endpoint.status.to_string(): { "description": "Done", "content": content(endpoint.answer) },
            "default": { "description": "Refused", "content": content("Refusal") },
        },
    });
    if let Some(body) = endpoint.body {
        told["requestBody"] = json!({ "content": content(body) });
    }
    told
}

/// A shape by its name, or another type of media.
fn content(name: &str) -> Value {
    match name.contains('/') {
        true => json!({ name: {} }),
        false => json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_the_description_uses_is_in_it() {
        let document = document("/backups/");
        let mut waiting = vec![&document];
        let mut names = 0;
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(name) = fields.get("$ref").and_then(Value::as_str) {
                        let pointer = name.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{name}");
                        names += 1;
                    }
                    waiting.extend(fields.values());
                }
                Value::Array(items) => waiting.extend(items),
                _ => {}
            }
        }
        assert!(names > 80, "{names}");
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.values().map(|path| path.as_object().unwrap().len()).sum::<usize>(), ALL.len());
    }
}
