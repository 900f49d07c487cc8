//! Subject patterns as NATS has them: `*` is one token, `>` is the rest.

/// The subjects a consumer wants; no pattern at all means every subject.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter(Vec<String>);

impl Filter {
    pub(crate) fn new(patterns: &[&str]) -> Filter {
        Filter(patterns.iter().map(|&pattern| pattern.to_owned()).collect())
    }

    pub(crate) fn patterns(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn matches(&self, subject: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| matches(pattern, subject))
    }
}

fn matches(pattern: &str, subject: &str) -> bool {
    let mut subject = subject.split('.');
    for token in pattern.split('.') {
        match (token, subject.next()) {
            (">", Some(_)) => return true,
            ("*", Some(_)) => {}
            (token, Some(found)) if token == found => {}
            _ => return false,
        }
    }
    subject.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_nats() {
        for (pattern, subject, expected) in [
            ("order.received.us", "order.received.us", true),
            ("order.received.*", "order.received.us", true),
            ("order.received.*", "order.received", false),
            ("order.received.*", "order.received.us.x", false),
            ("order.received.*", "order.mapped.us", false),
            ("order.>", "order.mapped.us", true),
            ("order.>", "order", false),
            ("*.received.eu", "refund.received.eu", true),
            ("*.received.eu", "refund.received.us", false),
        ] {
            assert_eq!(matches(pattern, subject), expected, "{pattern} {subject}");
        }
    }

    #[test]
    fn no_pattern_is_every_subject() {
        assert!(Filter::new(&[]).matches("order.received.us"));
        assert!(!Filter::new(&["a.*", "b.*"]).matches("c.us"));
        assert!(Filter::new(&["a.*", "b.*"]).matches("b.us"));
    }
}
