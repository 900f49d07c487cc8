//! Markdown documents, cut into what a check looks at: spans and blocks of code,
//! tables, links and headings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use walkdir::WalkDir;

/// A document, in the parts that can be checked.
#[derive(Debug, Default)]
pub struct Document {
    /// From the root on: `docs/accounting.md`.
    pub path: String,
    pub headings: Vec<String>,
    /// Each `code span`.
    pub spans: Vec<String>,
    pub blocks: Vec<Block>,
    pub tables: Vec<Table>,
    /// What links lead to.
    pub links: Vec<String>,
}

/// A fenced block.
#[derive(Debug, Default)]
pub struct Block {
    /// The heading that it is under.
    pub heading: String,
    /// What is written behind the fence: `sh`, `text`.
    pub language: String,
    pub text: String,
}

/// A table, its head as the first row. A cell is its text; code keeps its ticks.
#[derive(Debug, Default)]
pub struct Table {
    pub heading: String,
    pub rows: Vec<Vec<String>>,
}

impl Document {
    /// # Panics
    ///
    /// If the file cannot be read.
    pub fn read(root: &Path, path: &str) -> Document {
        let text =
            fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        Document::parse(path, &text)
    }

    /// All documents of the project: at the root, and beneath `docs`.
    pub fn all(root: &Path) -> Vec<Document> {
        let mut paths: Vec<PathBuf> = WalkDir::new(root)
            .max_depth(1)
            .into_iter()
            .chain(WalkDir::new(root.join("docs")))
            .map(|entry| entry.expect("the tree can be read").into_path())
            .filter(|path| path.extension().is_some_and(|it| it == "md"))
            .collect();
        paths.sort();
        let relative = |path: &PathBuf| {
            let path = path
                .strip_prefix(root)
                .expect("it was found beneath the root");
            path.to_str().expect("our paths are UTF-8").to_owned()
        };
        paths
            .iter()
            .map(|it| Document::read(root, &relative(it)))
            .collect()
    }

    fn parse(path: &str, text: &str) -> Document {
        let mut reading = Reading {
            document: Document {
                path: path.to_owned(),
                ..Document::default()
            },
            text: None,
        };
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            reading.take(event);
        }
        reading.document
    }

    /// The code of the document: each span, and each line of a block of shell
    /// or of none.
    pub fn code(&self) -> impl Iterator<Item = &str> {
        let shell = self
            .blocks
            .iter()
            .filter(|block| matches!(block.language.as_str(), "sh" | "console" | ""));
        let lines = shell.flat_map(|block| block.text.lines());
        self.spans.iter().map(String::as_str).chain(lines)
    }
}

/// A document as far as it was read.
struct Reading {
    document: Document,
    /// The heading, block or cell that is being read.
    text: Option<String>,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.add(&text),
            Event::Code(code) => {
                self.add(&format!("`{code}`"));
                self.document.spans.push(code.into_string());
            }
            Event::SoftBreak => self.add(" "),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let heading = || self.document.headings.last().cloned().unwrap_or_default();
        match tag {
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                let heading = heading();
                self.document.blocks.push(Block {
                    heading,
                    language,
                    text: String::new(),
                });
                self.text = Some(String::new());
            }
            Tag::Table(_) => {
                let heading = heading();
                let rows = Vec::new();
                self.document.tables.push(Table { heading, rows });
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = self.document.tables.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            Tag::Heading { .. } | Tag::TableCell => self.text = Some(String::new()),
            Tag::Link { dest_url, .. } => self.document.links.push(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let document = &mut self.document;
        match tag {
            TagEnd::Heading(_) => document.headings.extend(self.text.take()),
            TagEnd::CodeBlock => {
                if let Some(block) = document.blocks.last_mut() {
                    block.text = self.text.take().unwrap_or_default();
                }
            }
            TagEnd::TableCell => {
                let row = document.tables.last_mut().and_then(|it| it.rows.last_mut());
                if let Some(row) = row {
                    row.extend(self.text.take());
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(reading) = &mut self.text {
            reading.push_str(text);
        }
    }
}

/// The texts between ticks in a cell.
pub fn ticked(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_its_parts() {
        let text = "# A\n\nSee [it](b.md), `make x`.\n\n## B c\n\n```sh\nmake y\n```\n\n\
                    | h | i |\n|---|---|\n| `p` or `q` | r |\n";
        let document = Document::parse("a.md", text);
        assert_eq!(document.headings, ["A", "B c"]);
        assert_eq!(document.links, ["b.md"]);
        assert_eq!(document.blocks[0].heading, "B c");
        let code: Vec<&str> = document.code().collect();
        assert_eq!(code, ["make x", "p", "q", "make y"]);
        let row = &document.tables[0].rows[1];
        assert_eq!(row[1], "r");
        assert_eq!(ticked(&row[0]).collect::<Vec<_>>(), ["p", "q"]);
    }
}
