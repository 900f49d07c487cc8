//! An event in one line, for traces.

use schemas::Event;

/// The longest summary, in characters.
const MAX_LENGTH: usize = 300;

/// What an event says, in one line that is understood without its data.
pub(crate) fn summary(event: &Event) -> String {
    one_line(&event.payload.summary())
}

/// The text without line breaks and control characters, and not too long.
pub(crate) fn one_line(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.chars().take(MAX_LENGTH).map(plain).collect();
    if text.chars().nth(MAX_LENGTH).is_some() {
        line.pop();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_one_line_of_bounded_length() {
        assert_eq!(one_line("a\nb\u{1b}[31mc"), "a b [31mc");
        let long = one_line(&"ä".repeat(400));
        assert_eq!(long.chars().count(), 300);
        assert!(long.ends_with('…'));
        assert_eq!(one_line(&"a".repeat(300)), "a".repeat(300));
    }
}
