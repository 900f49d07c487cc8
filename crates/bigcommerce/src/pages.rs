//! Lists that are read page by page, to an end.
//!
//! The store says where a list ends, so it could say that there is none: it is held to
//! so many pages and bytes, to another page each time, and to a pause between two.

use std::time::Duration;

use schemas::Digest;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    Client, Error,
    bounds::{Bounded, List, MOST_ROWS, PAGE},
    error::Endless,
    transport::{Call, PAGE_BYTES},
};

/// The pause before each page but the first. A store's share of calls is used up by
/// less, where it tells of one.
const PAUSE: Duration = Duration::from_millis(50);
/// The most pages of a list: half a million records.
const MOST_PAGES: usize = 2000;
/// The most bytes of a list that is held as a whole.
const MOST_BYTES: usize = 32 << 20;

/// How the two APIs write a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A bare array; it goes on where a page is full.
    V2,
    /// An object with `data`, and `meta`, which may name the next page.
    V3,
}

/// A list, and how far it is read.
pub(crate) struct Pages<'a> {
    client: &'a Client,
    operation: &'static str,
    path: String,
    query: Vec<(&'a str, String)>,
    form: Form,
    number: usize,
    /// Of all pages so far.
    bytes: usize,
    most_bytes: usize,
    /// The largest page that is read, in bytes.
    largest: usize,
    last: Option<Mark>,
    is_over: bool,
}

/// What tells one page from another.
#[derive(PartialEq, Eq)]
struct Mark {
    count: usize,
    ends: [Option<Digest>; 2],
}

impl<'a> Pages<'a> {
    pub(crate) fn new(
        client: &'a Client,
        form: Form,
        operation: &'static str,
        path: impl Into<String>,
        query: &[(&'a str, String)],
    ) -> Self {
        Pages {
            client,
            operation,
            path: path.into(),
            query: query.to_vec(),
            form,
            number: 0,
            bytes: 0,
            most_bytes: MOST_BYTES,
            largest: PAGE_BYTES,
            last: None,
            is_over: false,
        }
    }

    /// Each page is let go before the next is read, so their sum has no limit.
    pub(crate) fn one_by_one(self) -> Self {
        Pages {
            most_bytes: usize::MAX,
            ..self
        }
    }

    /// In pages of at most so many bytes.
    pub(crate) fn at_most(self, largest: usize) -> Self {
        Pages { largest, ..self }
    }

    /// The next page's records, as `read` takes them; none at the end.
    pub(crate) async fn next<T>(
        &mut self,
        read: impl FnOnce(&Call, Vec<&RawValue>) -> T,
    ) -> Result<Option<T>, Error> {
        if self.is_over {
            return Ok(None);
        }
        if self.number > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        self.number += 1;
        let mut query = self.query.clone();
        query.push(("limit", PAGE.to_string()));
        query.push(("page", self.number.to_string()));
        let call = Call::get(self.operation, self.path.clone(), &query).at_most(self.largest);
        let Some(body) = self.client.send(&call).await? else {
            self.is_over = true;
            return Ok(None);
        };
        let (records, names_next) = self.form.read(&call, &body)?;
        let problem = self.advance(&records, names_next, body.len()).err();
        match problem {
            Some(problem) => Err(call.endless(problem)),
            None => Ok(Some(read(&call, records))),
        }
    }

    /// Notes a page, and whether another follows.
    fn advance(
        &mut self,
        records: &[&RawValue],
        names_next: bool,
        bytes: usize,
    ) -> Result<(), Endless> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.is_over = records.len() < PAGE && !names_next;
        let mark = Mark::of(records);
        if records.is_empty() && names_next {
            return Err(Endless::Empty);
        }
        if !records.is_empty() && self.last.as_ref() == Some(&mark) {
            return Err(Endless::Repeated(self.number));
        }
        if self.bytes > self.most_bytes {
            return Err(Endless::Bytes(self.most_bytes));
        }
        if !self.is_over && self.number >= MOST_PAGES {
            return Err(Endless::Pages(MOST_PAGES));
        }
        self.last = Some(mark);
        Ok(())
    }
}

impl Client {
    /// All pages of a V3 list that is held as a whole, each handed to `page`.
    pub(crate) async fn each_page(
        &self,
        operation: &'static str,
        path: &str,
        query: &[(&str, String)],
        mut page: impl FnMut(&Call, Vec<&RawValue>),
    ) -> Result<(), Error> {
        let mut pages = Pages::new(self, Form::V3, operation, path, query);
        while pages.next(&mut page).await?.is_some() {}
        Ok(())
    }
}

impl Mark {
    fn of(records: &[&RawValue]) -> Mark {
        let digest = |record: &&RawValue| Digest::of(record.get().as_bytes());
        Mark {
            count: records.len(),
            ends: [records.first().map(digest), records.last().map(digest)],
        }
    }
}

impl Form {
    /// The records, and whether the answer names a next page.
    fn read<'b>(self, call: &Call, body: &'b [u8]) -> Result<(Vec<&'b RawValue>, bool), Error> {
        match self {
            Form::V2 => Ok((call.list(body)?, false)),
            Form::V3 => {
                let envelope: Envelope = call.parse(body)?;
                let Bounded::All(records) = envelope.data.0 else {
                    return Err(call.endless(Endless::Rows(MOST_ROWS)));
                };
                Ok((records, envelope.meta.is_some_and(names_next)))
            }
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'b> {
    #[serde(borrow)]
    data: List<'b, MOST_ROWS>,
    #[serde(borrow, default)]
    meta: Option<&'b RawValue>,
}

/// Whether `meta.pagination.links.next` is there. `meta` is empty on some lists.
fn names_next(meta: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Meta {
        pagination: Pagination,
    }
    #[derive(Deserialize)]
    struct Pagination {
        links: Links,
    }
    #[derive(Deserialize)]
    struct Links {
        next: Option<String>,
    }
    let meta = serde_json::from_str::<Meta>(meta.get());
    meta.is_ok_and(|meta| {
        let next = meta.pagination.links.next;
        next.is_some_and(|next| !next.is_empty())
    })
}
