//! `erpintegrations`: uploading files and submitting jobs.

use answer::masks;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;

use crate::{
    client::{Fusion, RESOURCES},
    error::{Error, Fault, Operation},
    wire,
};

const LOADER_PACKAGE: &str =
    "oracle/apps/ess/financials/commonModules/shared/common/interfaceLoader";
const LOADER_JOB: &str = "InterfaceLoaderController";
const LEDGER_PACKAGE: &str = "/oracle/apps/ess/financials/generalLedger/programs/common";
const IMPORT_JOB: &str = "JournalImportLauncher";
const AUTOPOST_JOB: &str = "AutomaticPosting";

/// The longest id of a document that is taken for one, in bytes; they are of 30 letters
/// or of digits.
const LONGEST_ID: usize = 200;

/// The arguments of Journal Import (`JournalImportLauncher`) that differ from call to
/// call. Ids are those of the pod.
#[derive(Debug, Clone, Copy)]
pub struct ImportArguments<'a> {
    /// The first argument: a set of the user's that may write to the ledger.
    pub data_access_set: u64,
    /// The journal source's user-facing name, the same as in the file.
    pub source: &'a str,
    /// The third argument, the ledger's id even where the rows have its name.
    pub ledger: u64,
    /// One group only: `ALL` would import other people's rows as well.
    pub group: u64,
}

impl ImportArguments<'_> {
    /// The seven values: no suspense posting, no summary, no flexfields.
    fn parameters(&self) -> String {
        format!(
            "{},{},{},{},N,N,N",
            self.data_access_set, self.source, self.ledger, self.group
        )
    }
}

#[derive(Deserialize)]
struct Submitted {
    #[serde(rename = "ReqstId", default, deserialize_with = "wire::loose")]
    request: String,
    #[serde(rename = "RequestStatus", default, deserialize_with = "wire::loose")]
    status: String,
}

#[derive(Deserialize)]
struct Uploaded {
    #[serde(rename = "DocumentId", default, deserialize_with = "wire::loose")]
    document: String,
}

impl Fusion {
    /// Puts an archive into the document store and returns the document's id.
    /// Repeating it is harmless: it makes another document.
    pub async fn upload(&self, file_name: &str, zip: &[u8]) -> Result<String, Error> {
        let body = json!({
            "OperationName": "uploadFileToUCM",
            "DocumentContent": BASE64_STANDARD.encode(zip),
            "DocumentAccount": self.options.document_account,
            "ContentType": "zip",
            "FileName": file_name,
        });
        let answer: Uploaded = self.post(Operation::Upload, &path(), &body).await?;
        match answer.document.len() {
            0 => Err(Error::answer(Operation::Upload, "no DocumentId in it")),
            1..=LONGEST_ID => Ok(answer.document),
            _ => Err(Error::answer(
                Operation::Upload,
                format!("its DocumentId is longer than {LONGEST_ID} bytes"),
            )),
        }
    }

    /// Submits the load of a document into the interface table (GL_INTERFACE), and
    /// returns the request's id. Doing it twice loads every row twice.
    pub async fn submit_load(&self, document: &str) -> Result<u64, Error> {
        let parameters = format!("{},{document},N,N,null", self.options.interface);
        self.submit(
            Operation::SubmitLoad,
            LOADER_PACKAGE,
            LOADER_JOB,
            parameters,
        )
        .await
    }

    /// Submits the import of one group, and returns the request's id. Once the group is imported its rows are
    /// gone, and another import of it does nothing.
    pub async fn submit_import(&self, arguments: ImportArguments<'_>) -> Result<u64, Error> {
        let parameters = arguments.parameters();
        self.submit(
            Operation::SubmitImport,
            LEDGER_PACKAGE,
            IMPORT_JOB,
            parameters,
        )
        .await
    }

    /// Submits AutoPost for a criteria set, by its id, and returns the request's id. It
    /// posts all batches that match the set, not ours alone.
    pub async fn submit_autopost(&self, criteria_set: u64) -> Result<u64, Error> {
        let parameters = criteria_set.to_string();
        self.submit(
            Operation::SubmitAutoPost,
            LEDGER_PACKAGE,
            AUTOPOST_JOB,
            parameters,
        )
        .await
    }

    async fn submit(
        &self,
        operation: Operation,
        package: &str,
        job: &str,
        parameters: String,
    ) -> Result<u64, Error> {
        let body = json!({
            "OperationName": "submitESSJobRequest",
            "JobPackageName": package,
            "JobDefName": job,
            "ESSParameters": parameters,
        });
        let answer: Submitted = self.post(operation, &path(), &body).await?;
        request_id(operation, answer)
    }
}

/// A refused submission is answered with 200 as well: only a positive id is a request.
fn request_id(operation: Operation, answer: Submitted) -> Result<u64, Error> {
    if let Ok(request) = answer.request.parse::<u64>()
        && request > 0
    {
        return Ok(request);
    }
    match answer.request.is_empty() {
        true => Err(Error::answer(operation, "no ReqstId in it")),
        false => Err(Error::new(
            operation,
            Fault::NotSubmitted {
                request: answer.request,
                detail: match answer.status.is_empty() {
                    true => "the job is not known here, or the user may not run it".to_owned(),
                    false => masks::mask(&answer.status).into_owned(),
                },
            },
        )),
    }
}

fn path() -> String {
    format!("{RESOURCES}/erpintegrations")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Result<u64, Error> {
        request_id(Operation::SubmitLoad, serde_json::from_str(text).unwrap())
    }

    #[test]
    fn minus_one_is_a_refusal_that_was_not_done() {
        for text in [
            r#"{"ReqstId":"-1"}"#,
            r#"{"ReqstId":-1}"#,
            r#"{"ReqstId":0}"#,
        ] {
            let error = outcome(text).unwrap_err();
            assert!(matches!(*error.fault, Fault::NotSubmitted { .. }), "{text}");
            assert!(!error.is_unknown_outcome());
        }
    }

    #[test]
    fn an_answer_without_an_id_says_nothing() {
        assert!(outcome("{}").unwrap_err().is_unknown_outcome());
        assert_eq!(outcome(r#"{"ReqstId":10070001}"#).unwrap(), 10_070_001);
    }

    #[test]
    fn journal_import_takes_seven_values() {
        let arguments = ImportArguments {
            data_access_set: 1,
            source: "Counterfoil",
            ledger: 2,
            group: 3,
        };
        assert_eq!(arguments.parameters(), "1,Counterfoil,2,3,N,N,N");
    }
}
