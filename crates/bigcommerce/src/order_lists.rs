//! The lists of one order that its own answer leaves out: its lines and its taxes.

use schemas::{OrderId, TaxLine, causes};
use serde_json::value::RawValue;

use crate::{
    Client, Error, Line, Malformed, Order, OrderTax,
    bounds::MOST_ENTRIES,
    json::{Fields, Read, too_many},
    pages::{Form, Pages},
    transport::Call,
};

/// The largest page that is read, in bytes: 250 lines have about half a million. Those of
/// several orders are read at once.
const LARGEST: usize = 4 << 20;
/// The most of an error that stands for a list, in characters.
const SHOWN: usize = 300;

impl Client {
    /// The order with the lines that its answer left out: side-loaded lines end
    /// at 50 per consignment, and are sometimes not there at all.
    pub(crate) async fn completed(
        &self,
        order: Result<Order, Malformed>,
    ) -> Result<Result<Order, Malformed>, Error> {
        let order = match order {
            Ok(order) if order.lines_incomplete => order,
            other => return Ok(other),
        };
        Ok(match self.order_products(order.id).await? {
            Ok(lines) => Ok(order.with_lines(lines)),
            Err(malformed) => Err(Malformed {
                modified: Some(order.modified),
                body: Some(order.body),
                ..malformed
            }),
        })
    }

    /// All lines of an order, up to what is read of one.
    async fn order_products(&self, order: OrderId) -> Result<Result<Vec<Line>, Malformed>, Error> {
        let path = format!("v2/orders/{order}/products");
        let pages = Pages::new(self, Form::V2, "list an order's products", path, &[]);
        let read = |raw: &RawValue| Line::read(&Fields::record(raw)?);
        whole(pages, order, "products", read).await
    }

    /// The tax of an order by rate (V2 `orders/{id}/taxes`): one call for each order,
    /// since no list has it.
    pub async fn order_taxes(
        &self,
        order: OrderId,
    ) -> Result<Result<Vec<TaxLine>, Malformed>, Error> {
        let path = format!("v2/orders/{order}/taxes");
        let query = [("details", "true".to_owned())];
        let pages = Pages::new(self, Form::V2, "list an order's taxes", path, &query);
        let read = |raw: &RawValue| OrderTax::read_record(raw).map(|tax| tax.tax);
        whole(pages, order, "taxes", read).await
    }
}

/// All of a list; of one that cannot be read, what is wrong with it. The error is not
/// this order's: the store is away, or does not let us in.
async fn whole<T>(
    mut pages: Pages<'_>,
    order: OrderId,
    name: &'static str,
    read: impl Fn(&RawValue) -> Read<T>,
) -> Result<Result<Vec<T>, Malformed>, Error> {
    let of_order = |malformed: Malformed| Malformed {
        order: Some(order),
        ..malformed
    };
    pages = pages.at_most(LARGEST);
    let mut entries: Vec<T> = Vec::new();
    let mut take = |_: &Call, records: Vec<&RawValue>| {
        if entries.len() + records.len() > MOST_ENTRIES {
            return Err(too_many(name));
        }
        for raw in records {
            let place = format!("{name}[{}]", entries.len());
            entries.push(read(raw).map_err(|malformed| malformed.beneath(&place))?);
        }
        Ok(())
    };
    loop {
        match pages.next(&mut take).await {
            Ok(None) => return Ok(Ok(entries)),
            Ok(Some(Ok(()))) => {}
            Ok(Some(Err(malformed))) => return Ok(Err(of_order(malformed))),
            Err(error) => return obstacle(error, name).map(|it| Err(of_order(it))),
        }
    }
}

/// What an error says of the list that was asked for; the error itself if it says
/// nothing of it.
fn obstacle(error: Error, name: &str) -> Result<Malformed, Error> {
    if error.is_of_the_store() {
        return Err(error);
    }
    let found = match error.status() {
        // Without the answer's text: it is kept for ever, and may say anything.
        Some(status) => format!("answered with {status}"),
        None => causes(&error).to_string().chars().take(SHOWN).collect(),
    };
    Ok(Malformed {
        field: name.to_owned(),
        expected: "a list that can be read",
        found,
        is_too_large: error.is_too_large(),
        ..Malformed::default()
    })
}
