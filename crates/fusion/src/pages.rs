//! Collections that are read page by page, to an end.
//!
//! The pod says whether there is more, so it could say so for ever: a collection is held
//! to so many pages and bytes, to other rows on each page, and to a pause between two.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::{
    client::Fusion,
    error::{Error, Operation},
    wire::Page,
};

/// The most rows that Fusion returns at once.
pub(crate) const PAGE: usize = 500;
/// The pause before each page but the first.
const PAUSE: Duration = Duration::from_millis(100);
/// The most pages of a collection: fifty thousand rows, of which ours have far fewer.
const MOST_PAGES: usize = 100;
/// The most bytes of a collection, over all of its pages.
const MOST_BYTES: usize = 32 << 20;

/// A collection, and how far it is read.
pub(crate) struct Pages<'a> {
    fusion: &'a Fusion,
    operation: Operation,
    path: &'a str,
    query: Vec<(&'a str, &'a str)>,
    limit: usize,
    number: usize,
    offset: usize,
    bytes: usize,
    /// Of the last page.
    body: Vec<u8>,
    is_over: bool,
}

impl<'a> Pages<'a> {
    /// In pages of `limit` rows.
    pub(crate) fn new(
        fusion: &'a Fusion,
        operation: Operation,
        path: &'a str,
        query: &[(&'a str, &'a str)],
        limit: usize,
    ) -> Pages<'a> {
        Pages {
            fusion,
            operation,
            path,
            query: query.to_vec(),
            limit,
            number: 0,
            offset: 0,
            bytes: 0,
            body: Vec::new(),
            is_over: false,
        }
    }

    /// The next page; none at the end.
    pub(crate) async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<Page<T>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        if self.number > 0 {
            self.fusion.options.clock.sleep(PAUSE).await;
        }
        let (limit, offset) = (self.limit.to_string(), self.offset.to_string());
        let mut query = self.query.clone();
        query.extend([("limit", limit.as_str()), ("offset", offset.as_str())]);
        let read = self.fusion.read(self.operation, self.path, &query);
        let (page, body): (Page<T>, Vec<u8>) = read.await?;
        self.number += 1;
        // Step by what the server returned, not by what was asked for.
        self.offset += page.items.len();
        self.bytes = self.bytes.saturating_add(body.len());
        self.is_over = !page.has_more;
        match self.problem(&page, &body) {
            Some(problem) => Err(Error::answer(self.operation, problem)),
            None => {
                self.body = body;
                Ok(Some(page))
            }
        }
    }

    /// How many rows have been read.
    pub(crate) fn rows(&self) -> usize {
        self.offset
    }

    /// What shows that it has no end.
    fn problem<T>(&self, page: &Page<T>, body: &[u8]) -> Option<String> {
        if page.items.is_empty() && page.has_more {
            return Some("it has no end: an empty page says that there is more".to_owned());
        }
        if self.number > 1 && !page.items.is_empty() && same_items(&self.body, body) {
            let number = self.number;
            return Some(format!(
                "it has no end: page {number} is the same as the one before"
            ));
        }
        if self.bytes > MOST_BYTES {
            return Some(format!("its pages have more than {MOST_BYTES} bytes"));
        }
        (page.has_more && self.number >= MOST_PAGES)
            .then(|| format!("it has no end: hasMore is true after {MOST_PAGES} pages"))
    }
}

impl Fusion {
    /// All rows of a collection.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, Error> {
        let query = [query, &[("onlyData", "true")]].concat();
        let mut pages = Pages::new(self, operation, path, &query, PAGE);
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await? {
            rows.extend(page.items);
        }
        Ok(rows)
    }
}

/// Whether two answers have the same rows. The rest of a page tells its offset.
fn same_items(one: &[u8], other: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Items<'a> {
        #[serde(borrow)]
        items: &'a serde_json::value::RawValue,
    }
    let items = |body| serde_json::from_slice::<Items>(body).map(|it| it.items.get());
    matches!((items(one), items(other)), (Ok(one), Ok(other)) if one == other)
}
