//! The scheduler's own list of requests: where a request can be found whose id
//! never reached us.

use serde::Deserialize;

use crate::{
    client::Fusion,
    error::{Error, Operation},
    pages::Pages,
    wire,
};

const PATH: &str = "/ess/rest/scheduler/v1/requests";
const PAGE: usize = 200;
/// How far back a search goes, in requests of all users. One of ours is minutes old.
const HORIZON: usize = 10_000;

/// A request in the scheduler's list (`/ess/rest/scheduler/v1/requests`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledRequest {
    /// The id that the submission answered, or would have: the `ReqstId`.
    pub request: u64,
    parent: Option<u64>,
    /// The job's definition, with its package in front of it on some releases.
    job: String,
    /// In the order of their numbers.
    arguments: Vec<String>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "requestId", deserialize_with = "wire::id")]
    request: u64,
    #[serde(rename = "parentRequestId", default, deserialize_with = "wire::loose")]
    parent: String,
    #[serde(rename = "jobDefinitionId", default, deserialize_with = "wire::loose")]
    job_definition: String,
    #[serde(rename = "requestParameters", default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(default)]
    name: String,
    #[serde(default, deserialize_with = "wire::loose")]
    value: String,
}

impl Fusion {
    /// The load requests of a document, oldest first. Those that are looked for are newer
    /// than `after`, another request; without it, the search may come to no end.
    pub async fn find_loads(
        &self,
        document: &str,
        after: Option<u64>,
    ) -> Result<Vec<ScheduledRequest>, Error> {
        self.find_requests("InterfaceLoaderController", 2, document, after)
            .await
    }

    /// The import requests of a group, oldest first; as [`Fusion::find_loads`].
    pub async fn find_imports(
        &self,
        group: u64,
        after: Option<u64>,
    ) -> Result<Vec<ScheduledRequest>, Error> {
        self.find_requests("JournalImportLauncher", 4, &group.to_string(), after)
            .await
    }

    /// The newest AutoPost request with a criteria set, if it is among the newest ten
    /// thousand requests of the pod.
    pub async fn newest_autopost(&self, set: u64) -> Result<Option<ScheduledRequest>, Error> {
        let mut search = Search::new(self);
        let set = set.to_string();
        while search.pages.rows() < HORIZON
            && let Some(page) = search.next(None).await?
        {
            let mut requests = page.into_iter();
            let newest = requests.find(|it| it.is_of("AutomaticPosting", 1, &set));
            if newest.is_some() {
                return Ok(newest);
            }
        }
        Ok(None)
    }

    /// The top requests of a job whose argument at a position, counted from 1, is
    /// the value. A request may be shown only some time after it was taken.
    async fn find_requests(
        &self,
        job: &str,
        position: usize,
        value: &str,
        after: Option<u64>,
    ) -> Result<Vec<ScheduledRequest>, Error> {
        let mut search = Search::new(self);
        let mut found: Vec<ScheduledRequest> = Vec::new();
        while let Some(page) = search.next(after).await? {
            let requests = page.into_iter();
            found.extend(requests.filter(|it| it.is_of(job, position, value)));
            // What lies beyond is not known, and to take it for nothing could be wrong.
            if search.pages.rows() >= HORIZON && !search.is_over {
                let what = format!("it goes on after the newest {HORIZON} requests");
                return Err(Error::answer(Operation::FindRequests, what));
            }
        }
        found.sort_by_key(|request| request.request);
        Ok(found)
    }
}

/// The scheduler's requests, newest first.
struct Search<'a> {
    pages: Pages<'a>,
    is_over: bool,
}

impl<'a> Search<'a> {
    fn new(fusion: &'a Fusion) -> Search<'a> {
        let query = [
            (
                "fields",
                "requestId,parentRequestId,jobDefinitionId,requestParameters",
            ),
            ("orderBy", "requestId:desc"),
        ];
        Search {
            pages: Pages::new(fusion, Operation::FindRequests, PATH, &query, PAGE),
            is_over: false,
        }
    }

    /// The next page; none at the end, or once all that follows is older than `after`.
    async fn next(&mut self, after: Option<u64>) -> Result<Option<Vec<ScheduledRequest>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let Some(page) = self.pages.next::<Item>().await? else {
            return Ok(None);
        };
        let ids: Vec<u64> = page.items.iter().map(|item| item.request).collect();
        // Trust the ids, not the order that was asked for.
        let is_sorted = ids.is_sorted_by(|newer, older| newer > older);
        let is_past = after.is_some_and(|after| ids.last().is_some_and(|last| *last <= after));
        self.is_over = !page.has_more || (is_sorted && is_past);
        let requests = page.items.into_iter().map(ScheduledRequest::from);
        Ok(Some(requests.collect()))
    }
}

impl ScheduledRequest {
    fn is_of(&self, job: &str, position: usize, value: &str) -> bool {
        let argument = self.arguments.get(position - 1);
        // Children carry their parent's arguments on some releases.
        let is_child = self.parent.is_some_and(|parent| parent != self.request);
        let same_job = self.job.is_empty() || self.job.contains(job);
        same_job && !is_child && argument.is_some_and(|argument| argument == value)
    }
}

impl From<Item> for ScheduledRequest {
    fn from(item: Item) -> ScheduledRequest {
        let mut arguments: Vec<(usize, String)> = item
            .parameters
            .into_iter()
            .filter_map(|it| {
                let number = it.name.strip_prefix("submit.argument")?.parse().ok()?;
                Some((number, it.value))
            })
            .collect();
        arguments.sort_by_key(|(number, _)| *number);
        ScheduledRequest {
            request: item.request,
            parent: item.parent.parse().ok().filter(|parent| *parent > 0),
            job: item.job_definition,
            arguments: arguments.into_iter().map(|(_, value)| value).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> ScheduledRequest {
        serde_json::from_str::<Item>(text).unwrap().into()
    }

    #[test]
    fn a_request_is_known_by_its_arguments() {
        let request = request(
            r#"{"requestId":"9","jobDefinitionId":"JobDefinition:///oracle/JournalImportLauncher",
                "requestParameters":[{"name":"submit.argument4","value":77},{"name":"other","value":"x"},
                {"name":"submit.argument1","value":"1"},{"name":"submit.argument2","value":"S"},
                {"name":"submit.argument3","value":"2"}]}"#,
        );
        assert!(request.is_of("JournalImportLauncher", 4, "77"));
        assert!(!request.is_of("JournalImportLauncher", 4, "7"));
        assert!(!request.is_of("InterfaceLoaderController", 4, "77"));
    }

    #[test]
    fn children_are_not_taken_for_it() {
        let child = request(
            r#"{"requestId":9,"parentRequestId":8,"requestParameters":[{"name":"submit.argument1","value":"7"}]}"#,
        );
        assert!(!child.is_of("x", 1, "7"));
    }
}
