//! The `q` and `finder` parameters.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::error::Refusal;
use super::resource::{Field, Item};

/// A `finder` parameter: name, then variables. Names are case sensitive.
#[derive(Debug)]
pub(super) struct Finder<'q> {
    /// Finder name.
    pub name: &'q str,
    variables: Vec<(&'q str, &'q str)>,
}

impl<'q> Finder<'q> {
    /// Parses `Name;variable=value,variable=value`.
    ///
    /// # Errors
    /// If a variable has no `=`, or there is no name.
    pub(super) fn parse(text: &'q str) -> Result<Self, Refusal> {
        let (name, rest) = text.split_once(';').unwrap_or((text, ""));
        if name.is_empty() {
            return Err(Refusal::bad("The finder parameter is required"));
        }
        let variables = rest
            .split(',')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                pair.split_once('=')
                    .ok_or_else(|| Refusal::bad(format!("Finder variable {pair} has no value")))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { name, variables })
    }

    /// A variable's value.
    ///
    /// # Errors
    /// If it is not given.
    pub(super) fn variable(&self, name: &str) -> Result<&'q str, Refusal> {
        let found = self.variables.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, value)| *value)
            .ok_or_else(|| Refusal::bad(format!("Finder {} needs the variable {name}", self.name)))
    }
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Like,
}

/// Longest first, so that `>=` is not read as `>`.
const COMPARISONS: [(&str, Comparison); 8] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("!=", Comparison::NotEqual),
    ("<>", Comparison::NotEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("LIKE ", Comparison::Like),
];

/// One condition on one field.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    field: String,
    comparison: Comparison,
    value: String,
}

/// A parsed `q`.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    /// All conditions must hold.
    All(Vec<Condition>),
    /// Conditions joined with `and`: answered with 200 and no rows.
    Nothing,
}

impl Filter {
    /// Parses conditions joined with `;`.
    ///
    /// # Errors
    /// If one is not `Field operator value`.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut conditions = Vec::new();
        for part in split_unquoted(text) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            if joins_with_and(part) {
                return Ok(Self::Nothing);
            }
            conditions.push(condition(part)?);
        }
        Ok(Self::All(conditions))
    }

    /// Whether an item passes.
    ///
    /// # Errors
    /// If the item has no field of a condition's name.
    pub(super) fn passes(&self, item: &Item) -> Result<bool, Refusal> {
        let Self::All(conditions) = self else {
            return Ok(false);
        };
        for condition in conditions {
            let field = item.field(&condition.field).ok_or_else(|| {
                let (name, resource) = (&condition.field, item.resource);
                Refusal::bad(format!("{resource} has no attribute {name} to query by"))
            })?;
            if !condition.holds(field) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The literal start that a field must have to pass; empty if any may.
    pub(super) fn prefix(&self, field: &str) -> String {
        let Self::All(conditions) = self else {
            return String::new();
        };
        let wanted = conditions.iter().find(|condition| condition.field == field);
        match wanted {
            Some(Condition {
                comparison: Comparison::Equal,
                value,
                ..
            }) => value.clone(),
            Some(Condition {
                comparison: Comparison::Like,
                value,
                ..
            }) => value
                .chars()
                .take_while(|c| !matches!(c, '%' | '_'))
                .collect(),
            _ => String::new(),
        }
    }
}

impl Condition {
    fn holds(&self, field: &Field) -> bool {
        if self.comparison == Comparison::Like {
            return matches!(field, Field::Text(text) if like(text, &self.value));
        }
        let Some(order) = compare(field, &self.value) else {
            return false;
        };
        match self.comparison {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::NotEqual => order != Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::AtMost => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::AtLeast => order != Ordering::Less,
            Comparison::Like => false,
        }
    }
}

/// A field against a literal; none if they cannot be compared.
fn compare(field: &Field, literal: &str) -> Option<Ordering> {
    match field {
        Field::Text(text) => Some(text.as_str().cmp(literal)),
        Field::Int(number) => Some(number.cmp(&literal.parse().ok()?)),
        Field::Amount(amount) => Some(amount.cmp(&Decimal::from_str_exact(literal).ok()?)),
        Field::Flag(flag) => Some(flag.cmp(&literal.parse().ok()?)),
        Field::Null => None,
    }
}

/// SQL's LIKE: `%` any characters, `_` one character. Greedy with one step back
/// per `%`, so that a long pattern cannot take long.
fn like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                retry = Some((t, p));
                p += 1;
            }
            Some(c) if *c == '_' || *c == text[t] => {
                t += 1;
                p += 1;
            }
            _ => {
                let Some((from, percent)) = retry else {
                    return false;
                };
                retry = Some((from + 1, percent));
                t = from + 1;
                p = percent + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

fn condition(part: &str) -> Result<Condition, Refusal> {
    let malformed = || Refusal::bad(format!("The query condition {part} is not valid"));
    let name_ends = part
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .ok_or_else(malformed)?;
    let (field, rest) = part.split_at(name_ends);
    let rest = rest.trim_start();
    let upper = rest.to_ascii_uppercase();
    let (symbol, comparison) = COMPARISONS
        .iter()
        .find(|(symbol, _)| upper.starts_with(symbol))
        .ok_or_else(malformed)?;
    let value = rest[symbol.len()..].trim();
    if field.is_empty() || value.is_empty() {
        return Err(malformed());
    }
    Ok(Condition {
        field: field.to_string(),
        comparison: *comparison,
        value: unquoted(value).ok_or_else(malformed)?,
    })
}

/// The literal without its quotes; none if they do not close.
fn unquoted(value: &str) -> Option<String> {
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let Some(quote) = quote else {
        return Some(value.to_string());
    };
    let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

fn split_unquoted(text: &str) -> Vec<&str> {
    let mut quote = None;
    text.split(|c: char| {
        track(&mut quote, c);
        c == ';' && quote.is_none()
    })
    .collect()
}

/// Whether ` and ` stands outside quotes.
fn joins_with_and(part: &str) -> bool {
    let mut quote = None;
    let bare: String = part
        .chars()
        .map(|c| {
            track(&mut quote, c);
            if quote.is_some() {
                '.'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    bare.contains(" and ")
}

fn track(quote: &mut Option<char>, c: char) {
    match quote {
        Some(open) if *open == c => *quote = None,
        None if matches!(c, '\'' | '"') => *quote = Some(c),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        Item {
            resource: "journalBatches",
            path: String::new(),
            fields: vec![
                (
                    "BatchName",
                    Field::text("CF-us-1 it's; Counterfoil A 7 8 N"),
                ),
                ("JeBatchId", Field::Int(300_000_200_000_001)),
                (
                    "RunningTotalDr",
                    Field::amount(Decimal::from_str_exact("10.50").ok()),
                ),
                ("PostedDate", Field::Null),
            ],
            children: &[],
        }
    }

    fn passes(q: &str) -> Option<bool> {
        Filter::parse(q).ok()?.passes(&item()).ok()
    }

    #[test]
    fn conditions_are_joined_with_a_semicolon_and_nothing_else() {
        assert_eq!(
            passes("BatchName LIKE 'CF-us%';JeBatchId=300000200000001"),
            Some(true)
        );
        assert_eq!(
            passes("BatchName LIKE 'CF-us%' and JeBatchId=300000200000001"),
            Some(false)
        );
        assert_eq!(passes("BatchName LIKE 'CF-us-1 it''s; C%'"), Some(true));
        assert_eq!(passes("RunningTotalDr=10.5"), Some(true));
        assert_eq!(passes("RunningTotalDr>10.5"), Some(false));
        assert_eq!(passes("PostedDate>'2026-01-01'"), Some(false));
    }

    #[test]
    fn an_unknown_field_or_a_malformed_condition_is_refused() {
        for bad in [
            "GroupId=7",
            "BatchName",
            "BatchName LIKE 'x",
            "=3",
            "BatchName ~ 'x'",
        ] {
            assert_eq!(passes(bad), None, "{bad}");
        }
    }

    #[test]
    fn like_knows_both_wildcards() {
        assert!(like("CF_1", "CF_1"));
        assert!(like("CFx1", "CF_1"));
        assert!(like("abcabd", "%abd"));
        assert!(!like("abcabd", "abd%"));
        assert!(!like("ab", "ab_"));
    }

    #[test]
    fn the_prefix_ends_at_the_first_wildcard() {
        let prefix = |q: &str| {
            Filter::parse(q)
                .map(|filter| filter.prefix("BatchName"))
                .ok()
        };
        assert_eq!(prefix("BatchName LIKE 'CF-1%N'").as_deref(), Some("CF-1"));
        assert_eq!(prefix("Status='U'").as_deref(), Some(""));
    }
}
