//! The groups that customers are in. Of a customer's record nothing else is read.

use serde_json::value::RawValue;

use crate::{
    Client, Error, Malformed, PAGE,
    json::{Fields, Read},
    orders::joined,
    transport::Call,
};

/// What accounting needs of a customer (`GET /v3/customers`): no more than the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// What orders name as `customer_id`.
    pub id: u64,
    /// `customer_group_id`; none: in no group.
    pub group: Option<u64>,
}

impl Client {
    /// The customers of these ids that (still) exist, in any order. One that
    /// cannot be read does not hurt the others.
    pub async fn customers(&self, ids: &[u64]) -> Result<Vec<Result<Customer, Malformed>>, Error> {
        let mut customers = Vec::new();
        for ids in ids.chunks(PAGE) {
            let query = [("id:in", joined(ids))];
            let read = |_: &Call, records: Vec<&RawValue>| {
                let records = records.into_iter();
                let read = records.map(|raw| customer(&Fields::record(raw)?));
                customers.extend(read);
            };
            self.each_page("list customers", "v3/customers", &query, read)
                .await?;
        }
        Ok(customers)
    }
}

fn customer(fields: &Fields) -> Read<Customer> {
    Ok(Customer {
        id: fields.count("id")?,
        group: fields
            .count_or_none("customer_group_id")?
            .filter(|&id| id != 0),
    })
}
