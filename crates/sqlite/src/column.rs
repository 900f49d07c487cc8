//! Values as SQLite keeps them, and back.
//!
//! SQLite's numbers have 64 bits with a sign. A `u64` or `usize` that is bound or read
//! without a wrapper is exact, or an error: right for counts, offsets and what else is
//! never so large. What somebody else has numbered goes through [`Bits`], which takes
//! every number, so that no number can hinder those beside it.

use std::{fmt::Display, str::FromStr};

use jiff::Timestamp;
use rusqlite::{
    Result, Row,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use schemas::{EntityKey, EventId, OrderId, RefundId, StoreKey};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// Any number of 64 bits, as INTEGER. From 2^63 on it is negative in the file, so it
/// can be looked up there, but not be compared by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits(pub u64);

/// A time in microseconds since 1970 (UTC), as INTEGER: as exact as any event has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Micros(pub Timestamp);

/// What is known by its text, as TEXT: keys, ids, days, digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<T>(pub T);

/// An event's id in its 16 bytes, as BLOB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob(pub EventId);

/// What serde can write, as TEXT in JSON. Read from TEXT or BLOB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl ToSql for Bits {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.cast_signed().into())
    }
}

impl FromSql for Bits {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(|signed| Bits(signed.cast_unsigned()))
    }
}

impl ToSql for Micros {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.as_microsecond().into())
    }
}

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let microseconds = i64::column_result(value)?;
        Timestamp::from_microsecond(microseconds)
            .map(Micros)
            .map_err(|_| FromSqlError::OutOfRange(microseconds))
    }
}

impl<T: Display> ToSql for Text<T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl<T> FromSql for Text<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_str()?
            .parse()
            .map(Text)
            .map_err(FromSqlError::other)
    }
}

impl ToSql for Blob {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.0.as_bytes())))
    }
}

impl FromSql for Blob {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = <[u8; 16]>::column_result(value)?;
        Ok(Blob(EventId(Uuid::from_bytes(bytes))))
    }
}

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0);
        text.map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_slice(value.as_bytes()?)
            .map(Json)
            .map_err(FromSqlError::other)
    }
}

/// An order or refund in the three columns of a key: its store, its order and its
/// refund, which is 0 for the order itself, since a key's columns are never NULL.
pub fn entity_key(key: &EntityKey) -> (&str, Bits, Bits) {
    let refund = key.refund.map_or(0, |refund| refund.0);
    (key.store.as_str(), Bits(key.order.0), Bits(refund))
}

/// The order or refund whose key stands in three columns from `first` on.
pub fn read_entity_key(row: &Row<'_>, first: usize) -> Result<EntityKey> {
    let Text(store) = row.get::<_, Text<StoreKey>>(first)?;
    let Bits(order) = row.get(first + 1)?;
    let Bits(refund) = row.get(first + 2)?;
    Ok(EntityKey {
        store,
        order: OrderId(order),
        refund: (refund != 0).then_some(RefundId(refund)),
    })
}

/// A count for `LIMIT`. No table is as long as the largest.
pub fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};

    use super::*;

    /// What comes back of what was bound.
    fn round<T: FromSql>(value: impl ToSql) -> Result<T> {
        let connection = Connection::open_in_memory()?;
        connection.query_row("SELECT ?1", [value], |row| row.get(0))
    }

    #[test]
    fn a_number_is_exact_or_an_error() {
        for number in [0, 1, i64::MAX as u64] {
            assert_eq!(round::<u64>(number).unwrap(), number);
        }
        round::<u64>(i64::MAX as u64 + 1).unwrap_err();
        round::<u64>(-1).unwrap_err();
        round::<usize>(usize::MAX).unwrap_err();
        assert_eq!(limit(usize::MAX), i64::MAX);
    }

    #[test]
    fn every_number_of_64_bits_comes_back_by_its_bits() {
        for number in [0, 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
            assert_eq!(round::<Bits>(Bits(number)).unwrap(), Bits(number));
        }
    }

    #[test]
    fn a_time_comes_back_to_the_microsecond_and_no_other_number_is_one() {
        let time: Timestamp = "1969-12-31T23:59:59.000001Z".parse().unwrap();
        assert_eq!(round::<Micros>(Micros(time)).unwrap(), Micros(time));
        round::<Micros>(i64::MAX).unwrap_err();
    }

    #[test]
    fn ids_and_keys_come_back_and_other_values_are_refused() {
        let id = EventId::derive(&["x"]);
        assert_eq!(round::<Text<EventId>>(Text(id)).unwrap(), Text(id));
        assert_eq!(round::<Blob>(Blob(id)).unwrap(), Blob(id));
        round::<Text<EventId>>("not an id").unwrap_err();
        round::<Blob>(vec![1_u8, 2]).unwrap_err();
        let key: EntityKey = "us/7/refund/2".parse().unwrap();
        assert_eq!(round::<Text<EntityKey>>(Text(&key)).unwrap(), Text(key));
        round::<Text<EntityKey>>("us").unwrap_err();
    }

    #[test]
    fn json_comes_back_from_text_and_from_bytes() {
        let value = vec![(1, "a".to_owned())];
        let read = round::<Json<Vec<(i32, String)>>>(Json(&value)).unwrap();
        assert_eq!(read, Json(value.clone()));
        let bytes = serde_json::to_vec(&value).unwrap();
        let read = round::<Json<Vec<(i32, String)>>>(bytes).unwrap();
        assert_eq!(read, Json(value));
        round::<Json<Vec<i32>>>("{").unwrap_err();
    }

    #[test]
    fn an_order_and_its_refunds_have_keys_of_their_own() {
        let connection = Connection::open_in_memory().unwrap();
        for text in ["us/7", "us/7/refund/2", "us/18446744073709551615"] {
            let key: EntityKey = text.parse().unwrap();
            let (store, order, refund) = entity_key(&key);
            let read =
                connection.query_row("SELECT ?1, ?2, ?3", params![store, order, refund], |row| {
                    read_entity_key(row, 0)
                });
            assert_eq!(read.unwrap(), key);
        }
    }
}
