//! V2 answers in XML, for clients that forgot to ask for JSON.

use std::fmt::Write;

use serde_json::Value;

/// A JSON answer as the XML that V2 sends without `Accept: application/json`.
#[must_use]
pub fn from_json(value: &Value, root: &str) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    element(&mut text, root, value);
    text
}

fn element(text: &mut String, name: &str, value: &Value) {
    let _ = write!(text, "<{name}>");
    match value {
        Value::Array(items) => {
            let single = name.strip_suffix('s').unwrap_or("item");
            for item in items {
                element(text, single, item);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                element(text, field, value);
            }
        }
        Value::Null => {}
        Value::String(s) => text.push_str(&escape(s)),
        other => text.push_str(&other.to_string()),
    }
    let _ = write!(text, "</{name}>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_and_markup_become_elements() {
        let xml = from_json(&serde_json::json!([{"id": 1, "note": "a<b"}]), "orders");
        assert!(xml.ends_with("<orders><order><id>1</id><note>a&lt;b</note></order></orders>"));
    }
}
