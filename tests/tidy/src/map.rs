//! The code map of `ARCHITECTURE.md`: which crate is on which floor. The document
//! is the only place that says so.
//!
//! ```text
//! 1 cores      crates/mapping crates/subledger
//! 0 contract   schemas
//!   beside     sandbox tests
//! ```

use std::{collections::BTreeMap, path::Path};

use crate::documents::Document;

/// Where a crate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a floor, counted from 0 upwards; it may use what is below.
    Floor(u32),
    /// Not part of what goes to production.
    Beside,
}

/// The floors and who is on them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CodeMap {
    /// By a crate's folder from the root on.
    pub places: BTreeMap<String, Place>,
    /// The floors' names and numbers.
    pub floors: BTreeMap<String, u32>,
}

impl CodeMap {
    /// Reads the first block of text beneath the heading "Code map".
    ///
    /// # Panics
    ///
    /// If there is none, or a line of it is no floor.
    pub fn read(root: &Path) -> CodeMap {
        let document = Document::read(root, "ARCHITECTURE.md");
        let block = document
            .blocks
            .iter()
            .find(|block| block.heading == "Code map" && block.language == "text")
            .expect("ARCHITECTURE.md has a ```text block under \"Code map\"");
        CodeMap::parse(&block.text)
            .unwrap_or_else(|problem| panic!("the code map of ARCHITECTURE.md: {problem}"))
    }

    fn parse(text: &str) -> Result<CodeMap, String> {
        let mut map = CodeMap::default();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let place = match words.next() {
                None => continue,
                Some("beside") => Place::Beside,
                Some(number) => {
                    let floor = number.parse().map_err(|_| {
                        format!("`{line}` begins with neither a number nor `beside`")
                    })?;
                    let name = words.next().ok_or(format!("floor {floor} has no name"))?;
                    if map.floors.insert(name.to_owned(), floor).is_some() {
                        return Err(format!("two floors are called `{name}`"));
                    }
                    Place::Floor(floor)
                }
            };
            for folder in words {
                if map.places.insert(folder.to_owned(), place).is_some() {
                    return Err(format!("`{folder}` is there twice"));
                }
            }
        }
        Ok(map)
    }

    /// The number of the floor of that name.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn number(&self, floor: &str) -> u32 {
        let number = self.floors.get(floor);
        *number.unwrap_or_else(|| panic!("the code map has no floor called `{floor}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_lines_of_folders() {
        let map = CodeMap::parse("2 services  a  b\n0 contract  c\n  beside  d\n").unwrap();
        assert_eq!(map.places["b"], Place::Floor(2));
        assert_eq!(map.places["d"], Place::Beside);
        assert_eq!(map.number("contract"), 0);
    }

    #[test]
    fn a_line_that_is_no_floor_is_refused() {
        assert!(CodeMap::parse("the services").is_err());
        assert!(CodeMap::parse("1").is_err());
        assert!(CodeMap::parse("1 x a\n0 y a").is_err());
        assert!(CodeMap::parse("1 x a\n0 x b").is_err());
    }
}
