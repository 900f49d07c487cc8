//! OpenAPI 3.0 files as JSON Schemas, with the files' known defects put right.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// Schemas nest no deeper than this; deeper means a cycle.
const DEEPEST: usize = 40;

/// The folder of OpenAPI files named by the environment variable `SPECS`; a
/// relative one counts from the root of the repository.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("SPECS").filter(|f| !f.is_empty())?;
    Some(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(folder),
    )
}

/// One OpenAPI file.
pub(crate) struct Spec {
    name: String,
    document: Value,
}

impl Spec {
    pub(crate) fn read(folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let document = serde_yaml_ng::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        Self {
            name: name.to_owned(),
            document,
        }
    }

    /// The operation of a method on a path; the names of path parameters do not matter.
    fn operation(&self, method: &str, path: &str) -> (&Value, &Value) {
        let paths = self.document["paths"].as_object().expect("paths");
        let item = paths.iter().find(|(p, _)| anonymous(p) == anonymous(path));
        let (_, item) = item.unwrap_or_else(|| panic!("{} has no path {path}", self.name));
        let operation = item.get(method.to_lowercase());
        (
            item,
            operation.unwrap_or_else(|| panic!("{}: no {method} {path}", self.name)),
        )
    }

    /// Names of the query parameters of an operation.
    pub(crate) fn query_parameters(&self, method: &str, path: &str) -> Vec<String> {
        let (item, operation) = self.operation(method, path);
        let all = [&item["parameters"], &operation["parameters"]];
        let each = all.iter().filter_map(|p| p.as_array()).flatten();
        each.map(|p| self.resolve(p))
            .filter(|p| p["in"] == "query")
            .filter_map(|p| p["name"].as_str().map(str::to_owned))
            .collect()
    }

    /// The schema of an answer, references replaced and defects put right.
    pub(crate) fn answer(&self, method: &str, path: &str, status: u16) -> Value {
        let (_, operation) = self.operation(method, path);
        let responses = &operation["responses"];
        let found = responses.get(status.to_string());
        let response =
            found.unwrap_or_else(|| panic!("{}: {method} {path} documents no {status}", self.name));
        let content = &self.resolve(response)["content"]["application/json"];
        self.expand(&content["schema"], 0)
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            None => value,
            Some(reference) => {
                let target = self.document.pointer(reference.trim_start_matches('#'));
                self.resolve(target.unwrap_or_else(|| panic!("{}: {reference}", self.name)))
            }
        }
    }

    fn expand(&self, schema: &Value, depth: usize) -> Value {
        assert!(
            depth < DEEPEST,
            "{}: the schemas go round in a circle",
            self.name
        );
        match self.resolve(schema) {
            Value::Object(fields) => {
                let expand = |(k, v): (&String, &Value)| match (k.as_str(), v.as_object()) {
                    // Names chosen by the API, which may be those of keywords.
                    ("properties", Some(named)) => {
                        let named = named
                            .iter()
                            .map(|(n, p)| (n.clone(), self.expand(p, depth + 1)));
                        (k.clone(), Value::Object(named.collect()))
                    }
                    _ => (k.clone(), self.expand(v, depth + 1)),
                };
                let kept = fields
                    .iter()
                    .filter(|(k, _)| !NO_SCHEMA.contains(&k.as_str()));
                let mut fields: Map<String, Value> = kept.map(expand).collect();
                correct(&mut fields);
                allow_null(&mut fields);
                Value::Object(fields)
            }
            Value::Array(items) => items.iter().map(|i| self.expand(i, depth + 1)).collect(),
            other => other.clone(),
        }
    }
}

/// Parts of a schema object that describe nothing to be checked.
const NO_SCHEMA: [&str; 4] = ["example", "examples", "x-examples", "description"];

/// OpenAPI 3.0 says `nullable` where JSON Schema lists the type null.
fn allow_null(schema: &mut Map<String, Value>) {
    if schema.remove("nullable") != Some(Value::Bool(true)) {
        return;
    }
    if let Some(kind) = schema.get_mut("type").filter(|kind| kind.is_string()) {
        *kind = json!([kind.take(), "null"]);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
}

/// The defects of the files that matter here. What the live service does is
/// right, and the file is put right; nothing else is let through.
fn correct(schema: &mut Map<String, Value>) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };

    // The order product forbids further properties, but the live service sends this one.
    if properties.contains_key("discounted_total_inc_tax")
        && properties.contains_key("applied_discounts")
    {
        properties.insert("fulfillment_source".to_owned(), json!({"type": "string"}));
    }
    // A refund item's amount is null for lines; one of the two schemas forgets that.
    if properties.contains_key("item_type") && properties.contains_key("requested_amount") {
        properties["requested_amount"]["nullable"] = json!(true);
        allow_null(
            properties["requested_amount"]
                .as_object_mut()
                .expect("a schema"),
        );
    }
    // The legacy shape of consignments, an array of one, is the default and is not described.
    if let Some(choices) = properties
        .get_mut("consignments")
        .and_then(|c| c["oneOf"].as_array_mut())
    {
        let object = choices
            .iter()
            .find(|c| c["properties"].get("shipping").is_some())
            .cloned();
        choices.push(json!({"type": "array", "items": object, "minItems": 1, "maxItems": 1}));
    }
    // A currency's date is RFC 2822 in the file's own example, whatever its format says.
    if let Some(date) = properties
        .get_mut("last_updated")
        .and_then(Value::as_object_mut)
    {
        date.remove("format");
    }
    // A link requires nothing, and neither do consignments, so that in a choice
    // between a link and the thing itself every object is both.
    for whole in [
        &["url", "resource"][..],
        &["pickups", "shipping", "downloads", "email"],
    ] {
        if properties.len() == whole.len()
            && whole.iter().all(|name| properties.contains_key(*name))
        {
            schema.insert("required".to_owned(), json!(whole));
            return;
        }
    }
}

/// All property names a schema describes, through `allOf` and lists.
pub(crate) fn properties(schema: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if let Some(own) = schema["properties"].as_object() {
        names.extend(own.keys().cloned());
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        names.extend(properties(part));
    }
    if schema.get("items").is_some() {
        names.extend(properties(&schema["items"]));
    }
    names.sort();
    names.dedup();
    names
}

pub(crate) fn validator(schema: &Value) -> Validator {
    // OpenAPI 3.0 builds on this draft: `exclusiveMaximum` is a switch.
    jsonschema::draft4::new(schema)
        .unwrap_or_else(|e| panic!("no JSON Schema: {e:.300} at {}", e.instance_path()))
}

fn anonymous(path: &str) -> String {
    let hide = |segment: &str| {
        if segment.starts_with('{') {
            "{}".to_owned()
        } else {
            segment.to_owned()
        }
    };
    path.split('/').map(hide).collect::<Vec<_>>().join("/")
}
