//! Reading back what the ledger holds.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::{
    client::{Fusion, RESOURCES},
    error::{Error, Operation},
    wire::{self, Page},
};

/// A journal batch in the ledger (`journalBatches`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Batch {
    /// `JeBatchId`, unique in the pod; Fusion gives it when it imports.
    #[serde(rename = "JeBatchId", deserialize_with = "wire::id")]
    pub id: u64,
    /// Our name (REFERENCE1 of the file), followed by what Fusion appends: source,
    /// group and the import's request.
    #[serde(rename = "BatchName", deserialize_with = "wire::loose")]
    pub name: String,
    /// `P` posted, `U` unposted, others in between.
    #[serde(rename = "Status", default, deserialize_with = "wire::loose")]
    pub status: String,
    /// The day or time of posting, as Fusion writes it.
    #[serde(rename = "PostedDate", default, deserialize_with = "wire::loose")]
    pub posted_date: String,
    /// Where it stands with the approvers, in words of the user's language; empty where
    /// the ledger asks for no approval.
    #[serde(
        rename = "ApprovalStatusMeaning",
        default,
        deserialize_with = "wire::loose"
    )]
    pub approval: String,
    /// Why it could not be posted, in words; empty if nothing failed.
    #[serde(rename = "ErrorMessage", default, deserialize_with = "wire::words")]
    pub error: String,
}

impl Batch {
    /// Whether its journals count in the ledger's balances.
    pub fn is_posted(&self) -> bool {
        self.status == "P"
    }

    /// When it was posted; none if it was not, or where Fusion says only the day.
    pub fn posted(&self) -> Option<jiff::Timestamp> {
        self.posted_date.parse().ok()
    }
}

/// A journal of a batch (`journalHeaders` below `journalBatches`), with its totals.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Header {
    /// What was sent as REFERENCE4; see [`Header::is_named`].
    #[serde(rename = "JournalName", deserialize_with = "wire::loose")]
    pub name: String,
    /// The journal reference of the file (REFERENCE6); empty on pods that do not keep it.
    #[serde(
        rename = "ExternalReference",
        default,
        deserialize_with = "wire::loose"
    )]
    pub reference: String,
    /// The accounting period it is in, as the ledger's calendar calls it.
    #[serde(rename = "PeriodName", default, deserialize_with = "wire::loose")]
    pub period: String,
    /// The currency that it was entered in, by its ISO 4217 code.
    #[serde(rename = "CurrencyCode", default, deserialize_with = "wire::loose")]
    pub currency: String,
    /// The sum of the entered debits, a decimal in that currency; not that of the ledger
    /// (`RunningTotalAccountedDr`).
    #[serde(rename = "RunningTotalDr", default, deserialize_with = "wire::amount")]
    pub debits: Decimal,
    /// The sum of the entered credits.
    #[serde(rename = "RunningTotalCr", default, deserialize_with = "wire::amount")]
    pub credits: Decimal,
}

impl Header {
    /// Whether this is the journal that was sent under a name. Some pods append
    /// category and currency to the name.
    pub fn is_named(&self, key: &str) -> bool {
        let name = self.name.strip_prefix(key);
        self.reference == key || name.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    }
}

impl Fusion {
    /// The batches whose name begins with a text, which must be free of quotes and
    /// wild cards. A batch may be shown only some time after its import.
    pub async fn batches_by_prefix(&self, prefix: &str) -> Result<Vec<Batch>, Error> {
        let condition = format!("BatchName LIKE '{prefix}%'");
        let fields = "JeBatchId,BatchName,Status,PostedDate,ApprovalStatusMeaning,ErrorMessage";
        let path = format!("{RESOURCES}/journalBatches");
        let query = [("q", condition.as_str()), ("fields", fields)];
        let batches: Vec<Batch> = self.all(Operation::ReadBatches, &path, &query).await?;
        // Trust the name, not the condition: a pod that ignores it returns all.
        Ok(batches
            .into_iter()
            .filter(|batch| batch.name.starts_with(prefix))
            .collect())
    }

    /// Whether there is a batch whose name begins with a text.
    pub async fn has_batch(&self, prefix: &str) -> Result<bool, Error> {
        let condition = format!("BatchName LIKE '{prefix}%'");
        let path = format!("{RESOURCES}/journalBatches");
        let query = [
            ("q", condition.as_str()),
            ("fields", "BatchName,JeBatchId"),
            ("onlyData", "true"),
            ("limit", "1"),
        ];
        let page: Page<Batch> = self.get(Operation::ReadBatches, &path, &query).await?;
        Ok(page
            .items
            .iter()
            .any(|batch| batch.name.starts_with(prefix)))
    }

    /// All journals of a batch.
    pub async fn headers(&self, batch: u64) -> Result<Vec<Header>, Error> {
        let fields =
            "JournalName,ExternalReference,PeriodName,CurrencyCode,RunningTotalDr,RunningTotalCr";
        let path = format!("{RESOURCES}/journalBatches/{batch}/child/journalHeaders");
        self.all(Operation::ReadHeaders, &path, &[("fields", fields)])
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, reference: &str) -> Header {
        Header {
            name: name.into(),
            reference: reference.into(),
            period: String::new(),
            currency: String::new(),
            debits: Decimal::ZERO,
            credits: Decimal::ZERO,
        }
    }

    #[test]
    fn a_journal_is_known_by_its_reference_or_its_name() {
        assert!(header("x", "us-1-1").is_named("us-1-1"));
        assert!(header("us-1-1", "").is_named("us-1-1"));
        assert!(header("us-1-1 Web Orders USD", "").is_named("us-1-1"));
        assert!(!header("us-1-10", "").is_named("us-1-1"));
    }

    #[test]
    fn a_batch_is_read_as_fusion_writes_it() {
        let batch: Batch = serde_json::from_str(
            r#"{"JeBatchId":300000123456789,"BatchName":"CF-us-1 Counterfoil A 7 8 N","Status":"U","PostedDate":null}"#,
        )
        .unwrap();
        assert!(!batch.is_posted() && batch.posted().is_none());
    }
}
