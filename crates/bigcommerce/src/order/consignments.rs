//! Where an order goes to, and with it its line items: by shipment, pickup,
//! download or e-mail. The API writes this as one object of four branches, or,
//! as it did before, as a list of such objects.

use schemas::{Consignment, ConsignmentKind};

use super::Line;
use crate::{
    bounds::MOST_ENTRIES,
    json::{Fields, Read, too_many},
};

pub(super) struct Consigned {
    pub consignments: Vec<Consignment>,
    pub lines: Vec<Line>,
    /// All line items were there, not only links to them.
    pub whole: bool,
}

pub(super) fn read(order: &Fields) -> Read<Consigned> {
    let mut consigned = Consigned {
        consignments: Vec::new(),
        lines: Vec::new(),
        whole: true,
    };
    let sets = if order.is_list("consignments") {
        order.objects("consignments")?
    } else {
        Vec::from_iter(order.object_or_none("consignments")?)
    };
    for set in &sets {
        consigned.add_set(set)?;
    }
    Ok(consigned)
}

impl Consigned {
    fn add_set(&mut self, set: &Fields) -> Read<()> {
        for shipment in &set.objects("shipping")? {
            self.add(shipping(shipment)?, shipment)?;
        }
        for collection in &set.objects("pickups")? {
            self.add(pickup(collection)?, collection)?;
        }
        for download in &set.objects("downloads")? {
            self.add(bare(ConsignmentKind::Download), download)?;
        }
        if let Some(email) = set.object_or_none("email")? {
            for certificate in &email.objects("gift_certificates")? {
                self.add(bare(ConsignmentKind::Email), certificate)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, consignment: Consignment, fields: &Fields) -> Read<()> {
        self.consignments.push(consignment);
        // Without the include, or when it fails, there are links in place of items.
        if !fields.is_list("line_items") {
            self.whole = false;
            return Ok(());
        }
        let items = fields.objects("line_items")?;
        if self.lines.len() + items.len() > MOST_ENTRIES {
            return Err(too_many("line_items of all consignments"));
        }
        for item in &items {
            if item.has("resource") && !item.has("id") {
                self.whole = false;
            } else {
                self.lines.push(Line::read(item)?);
            }
        }
        Ok(())
    }
}

fn shipping(fields: &Fields) -> Read<Consignment> {
    Ok(Consignment {
        kind: ConsignmentKind::Shipping,
        id: Some(fields.count("id")?),
        country: fields.text("country_iso2")?,
        region: fields.text("state")?,
        location: String::new(),
        shipping: fields.taxed("cost")?,
        handling: fields.taxed("handling_cost")?,
    })
}

fn pickup(fields: &Fields) -> Read<Consignment> {
    let location = fields.object_or_none("location")?;
    let location = |name| {
        location
            .as_ref()
            .map_or(Ok(String::new()), |at| at.text(name))
    };
    Ok(Consignment {
        id: Some(fields.count("id")?),
        country: location("country_alpha2")?,
        region: location("state")?,
        location: location("code")?,
        ..bare(ConsignmentKind::Pickup)
    })
}

fn bare(kind: ConsignmentKind) -> Consignment {
    Consignment {
        kind,
        id: None,
        country: String::new(),
        region: String::new(),
        location: String::new(),
        shipping: Default::default(),
        handling: Default::default(),
    }
}
