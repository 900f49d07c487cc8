//! Texts of others, as much of them as is kept.

/// A text up to so many characters; what is left out is shown by an ellipsis.
pub fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_only_where_it_is_long() {
        assert_eq!(cut("three".to_owned(), 5), "three");
        assert_eq!(cut("über alles".to_owned(), 4), "über…");
        assert_eq!(cut(String::new(), 0), "");
    }
}
