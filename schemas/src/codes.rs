//! The codes that rejections, alarms, exceptions and what is parked carry, and the
//! page of each in `docs/errors`: cause, remedy, who acts, how it goes again.
//!
//! The pages are part of the program, so that a rejection's remedy and
//! `counterfoil explain` say the same as the documentation. A code that has no
//! page is data like any other.

/// The page of a code, or of a family of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// `EF04`, one of ours such as `NO_OPEN_PERIOD`, or a family such as `EE`.
    pub code: &'static str,
    /// The page as Markdown.
    pub text: &'static str,
}

/// What is to be done about a code without a page.
const UNKNOWN: &str = "look the code up in Fusion's help on Journal Import, remove the cause, then try it again with counterfoil journals retry";

macro_rules! pages {
    ($($code:literal)*) => {
        /// All pages: Fusion's codes first, then its families, then ours.
        pub const PAGES: &[Page] = &[$(Page {
            code: $code,
            text: include_str!(concat!("../../docs/errors/", $code, ".md")),
        },)*];
    };
}

pages! {
    "EP01" "EP02" "EP04" "EP05"
    "WU01" "EU02"
    "EF01" "EF02" "EF03" "EF04" "EF05" "EF06" "WF01" "WF02"
    "EC01" "EC02" "EC03" "EC06" "EC08" "EC09" "EC11" "EC12" "EC13"
    "EG01"
    "EE" "EB" "ES" "EL"
    "NO_OPEN_PERIOD" "PERIOD_CLOSED" "NOT_CHECKED" "UNWRITABLE" "UNKNOWN_REFUSAL"
    "UNKNOWN_SOURCE" "UNKNOWN_CATEGORY" "UNKNOWN_CURRENCY" "UNKNOWN_CONVERSION_TYPE" "NO_DAILY_RATE"
    "ACCOUNT_MISSING" "ACCOUNT_DISABLED" "ACCOUNT_NOT_YET_EFFECTIVE" "ACCOUNT_ENDED"
    "ACCOUNT_NO_POSTING" "NO_SEGMENT_VALUE"
    "ROWS_LEFT" "BATCH_UNPOSTED"
    "BATCH_TWICE" "BATCH_RESURRECTED" "BATCH_DIFFERS"
    "NO_ROUTE" "UNMAPPED" "SEVERAL_RULES" "NO_TAX_RATES" "BAD_ACCOUNT"
    "DOES_NOT_CLOSE" "TAX_DOES_NOT_CLOSE" "OVER_TENDERED" "REFUND_EXCEEDS_ORDER" "UNKNOWN_ITEM"
    "NOTHING_TO_REFUND" "NOT_MONEY" "MALFORMED" "UNREADABLE" "NOT_FOUND"
    "REFUSED" "ORDER_UNAVAILABLE" "UNKNOWN_ORDER" "EARLIER_REFUND_UNREADABLE" "UNREADABLE_EVENT"
    "REFUND_WITHOUT_RECORD" "TOO_LARGE"
}

/// The page of a code, or of the family that it begins with. Events spell the codes of
/// parked orders and refunds in small letters; they are the same.
pub fn page(code: &str) -> Option<Page> {
    let is_called = |page: &Page, name: &str| page.code.eq_ignore_ascii_case(name);
    let named = |name: &str| PAGES.iter().copied().find(|page| is_called(page, name));
    named(code).or_else(|| named(code.get(..2)?))
}

/// What removes the cause, in one line.
pub fn remedy(code: &str) -> &'static str {
    page(code).map_or(UNKNOWN, |page| page.part("Remedy"))
}

impl Page {
    /// The code and what it is, in one line.
    pub fn title(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.trim_start_matches("# ")
    }

    /// A paragraph of the page by its heading; empty if it has none.
    fn part(&self, heading: &str) -> &'static str {
        let mut paragraphs = self.text.split("\n\n");
        paragraphs
            .find_map(|it| {
                it.strip_prefix("**")?
                    .strip_prefix(heading)?
                    .strip_prefix(".** ")
            })
            .map_or("", |text| text.trim_end().trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn folder(path: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
    }

    #[test]
    fn every_file_is_a_page_and_has_all_its_parts() {
        let files: BTreeSet<String> = fs::read_dir(folder("docs/errors"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        let paged: BTreeSet<String> = PAGES.iter().map(|page| page.code.to_owned()).collect();
        assert_eq!(files, paged);
        for page in PAGES {
            assert!(page.title().starts_with(&format!("{}: ", page.code)));
            let parts = [
                "Cause",
                "Remedy",
                "Who acts",
                "How it goes again",
                "How sure this is",
            ];
            for part in parts {
                assert!(!page.part(part).is_empty(), "{} has no {part}", page.code);
            }
        }
    }

    #[test]
    fn a_family_has_one_page_and_an_unknown_code_none() {
        assert_eq!(page("ES03").unwrap().code, "ES");
        assert_eq!(page("EZ99"), None);
        assert_eq!(page("é"), None);
        assert_eq!(page("no_route").unwrap().code, "NO_ROUTE");
        assert!(remedy("EZ99").contains("Journal Import"));
        assert!(remedy("EF04").contains("correct the rule"));
    }
}
