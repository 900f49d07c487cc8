//! What a check found, against what is known to be wrong still.

use std::collections::BTreeSet;

use crate::known::KNOWN;

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What breaks it, in a form that stays the same from run to run: a file, a
    /// pair of crates, a code. Exceptions name it.
    pub item: String,
    /// What is wrong and where.
    pub text: String,
}

impl Finding {
    pub fn new(item: impl Into<String>, text: impl Into<String>) -> Finding {
        Finding {
            item: item.into(),
            text: text.into(),
        }
    }
}

/// Fails unless what was found is exactly what is known of this rule.
///
/// # Panics
///
/// If there is a new breach, or an exception that is no longer needed. The
/// message lists both, with `remedy` for the first.
#[track_caller]
pub fn settle(rule: &str, remedy: &str, findings: &[Finding]) {
    let known = known_of(KNOWN, rule);
    if let Some(complaint) = complaint(rule, remedy, findings, &known) {
        panic!("{complaint}");
    }
}

fn known_of<'a>(known: &[(&str, &[&'a str])], rule: &str) -> BTreeSet<&'a str> {
    let of_rule = known.iter().filter(|(name, _)| *name == rule);
    of_rule
        .flat_map(|(_, items)| items.iter().copied())
        .collect()
}

fn complaint(
    rule: &str,
    remedy: &str,
    findings: &[Finding],
    known: &BTreeSet<&str>,
) -> Option<String> {
    let found: BTreeSet<&str> = findings.iter().map(|it| it.item.as_str()).collect();
    let fresh: Vec<String> = findings
        .iter()
        .filter(|it| !known.contains(it.item.as_str()))
        .map(|it| format!("  {}", it.text))
        .collect();
    let mended: Vec<String> = known
        .difference(&found)
        .map(|item| format!("  {item:?}"))
        .collect();
    let mut parts = Vec::new();
    if !fresh.is_empty() {
        let fresh = fresh.join("\n");
        parts.push(format!(
            "rule `{rule}` is broken:\n{fresh}\nWhat to do: {remedy}"
        ));
    }
    if !mended.is_empty() {
        let mended = mended.join("\n");
        parts.push(format!(
            "exceptions of rule `{rule}` are no longer needed:\n{mended}\n\
             What to do: delete them in tests/tidy/src/known.rs"
        ));
    }
    (!parts.is_empty()).then(|| format!("\n{}", parts.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complain(items: &[&str], known: &[&str]) -> Option<String> {
        let findings: Vec<Finding> = items
            .iter()
            .map(|it| Finding::new(*it, format!("{it} is wrong")))
            .collect();
        complaint("r", "mend it", &findings, &known.iter().copied().collect())
    }

    #[test]
    fn what_is_known_passes_and_what_is_new_does_not() {
        assert_eq!(complain(&[], &[]), None);
        assert_eq!(complain(&["a", "a"], &["a"]), None);
        let said = complain(&["a", "b"], &["a"]).unwrap();
        assert!(said.contains("b is wrong") && said.contains("mend it"));
        assert!(!said.contains("a is wrong"));
    }

    #[test]
    fn an_exception_that_is_no_longer_needed_fails() {
        let said = complain(&[], &["a"]).unwrap();
        assert!(
            said.contains("\"a\"") && said.contains("known.rs"),
            "{said}"
        );
    }

    #[test]
    fn each_rule_has_one_list() {
        let rules: BTreeSet<&str> = KNOWN.iter().map(|(rule, _)| *rule).collect();
        assert_eq!(rules.len(), KNOWN.len());
    }
}
