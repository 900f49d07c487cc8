//! The codes that rejections, alarms and exceptions of the ledger carry, and the
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
}

/// The page of a code, or of the family that it begins with.
pub fn page(code: &str) -> Option<Page> {
    let named = |name: &str| PAGES.iter().copied().find(|page| page.code == name);
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

    /// The codes of Fusion's Journal Import that have a page of their own.
    const FUSIONS: &str = "EP01 EP02 EP04 EP05 WU01 EU02 EF01 EF02 EF03 EF04 EF05 EF06 WF01 WF02 \
                           EC01 EC02 EC03 EC06 EC08 EC09 EC11 EC12 EC13 EG01 EE EB ES EL";

    fn folder(path: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
    }

    /// Texts in capitals in the sources beneath a folder, tests left out.
    fn capitals(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                capitals(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                let is_code = |it: &&str| {
                    it.len() > 5 && it.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                };
                found.extend(code.split('"').filter(is_code).map(str::to_owned));
            }
        }
    }

    #[test]
    fn every_code_that_is_written_has_a_page_and_no_page_is_left_over() {
        let mut written = BTreeSet::new();
        for source in ["poster/src", "crates/fusion/src/checks", "crates/views/src"] {
            capitals(&folder(source), &mut written);
        }
        written.remove("NORMAL"); // SQLite's
        let paged: BTreeSet<String> = PAGES.iter().map(|page| page.code.to_owned()).collect();
        let missing: Vec<_> = written.difference(&paged).collect();
        assert!(missing.is_empty(), "no page for {missing:?}");
        let fusions: BTreeSet<String> = FUSIONS.split_whitespace().map(str::to_owned).collect();
        let orphaned: Vec<_> = paged
            .iter()
            .filter(|it| !written.contains(*it) && !fusions.contains(*it))
            .collect();
        assert!(orphaned.is_empty(), "nobody writes {orphaned:?}");
        assert!(fusions.is_subset(&paged));
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
        assert!(remedy("EZ99").contains("Journal Import"));
        assert!(remedy("EF04").contains("correct the rule"));
    }
}
