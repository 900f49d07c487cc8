//! Consignments as side-loaded into an order, in both their shapes.

use serde::Serialize;

use super::line::LineBody;
use super::{Link, Number};
use crate::store::order::{Address, Delivery, Line, LineKind, Order};

/// Side-loaded line items stop here, per consignment.
const MOST_LINE_ITEMS: usize = 50;

/// Which shape was asked for: the legacy array of one, or the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `[{...}]`, still the default.
    Array,
    /// `{...}` with `consignment_structure=object`.
    Object,
}

/// The field `consignments` of an order.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ConsignmentsBody<'a> {
    /// Not included: a link.
    Link(Link),
    /// Included, legacy shape.
    Array([Consignments<'a>; 1]),
    /// Included, supported shape.
    Object(Consignments<'a>),
}

/// All consignments of an order.
#[derive(Debug, Serialize)]
pub struct Consignments<'a> {
    pickups: Vec<Pickup<'a>>,
    shipping: Vec<Shipping<'a>>,
    downloads: Vec<Emailed<'a>>,
    email: Email<'a>,
}

#[derive(Debug, Serialize)]
struct Email<'a> {
    gift_certificates: Vec<Emailed<'a>>,
}

#[derive(Debug, Serialize)]
struct Emailed<'a> {
    recipient_email: &'a str,
    #[serde(flatten)]
    items: Items<'a>,
}

#[derive(Debug, Serialize)]
struct Items<'a> {
    line_items: LineItems<'a>,
    #[serde(rename = "__warning__", skip_serializing_if = "Option::is_none")]
    warning: Option<Warning>,
}

#[derive(Debug, Serialize)]
struct Warning {
    message: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum LineItems<'a> {
    Links(Vec<Link>),
    Whole(Vec<LineBody<'a>>),
}

#[derive(Debug, Serialize)]
struct Pickup<'a> {
    id: u32,
    pickup_method_id: u32,
    pickup_method_display_name: &'a str,
    collection_instructions: &'a str,
    collection_time_description: &'a str,
    location: Location<'a>,
    #[serde(flatten)]
    items: Items<'a>,
}

#[derive(Debug, Serialize)]
struct Location<'a> {
    id: u32,
    name: &'a str,
    code: &'a str,
    address_line_1: &'a str,
    address_line_2: &'a str,
    city: &'a str,
    state: &'a str,
    postal_code: &'a str,
    country_alpha2: &'a str,
    email: &'a str,
    phone: &'a str,
}

#[derive(Debug, Serialize)]
struct Shipping<'a> {
    id: u32,
    first_name: &'a str,
    last_name: &'a str,
    company: &'a str,
    street_1: &'a str,
    street_2: &'a str,
    city: &'a str,
    zip: &'a str,
    country: &'a str,
    country_iso2: &'a str,
    state: &'a str,
    email: &'a str,
    phone: &'a str,
    form_fields: [(); 0],
    #[serde(flatten)]
    items: Items<'a>,
    items_total: u32,
    items_shipped: u32,
    shipping_method: &'a str,
    base_cost: Number,
    cost_ex_tax: Number,
    cost_inc_tax: Number,
    cost_tax: Number,
    cost_tax_class_id: u32,
    base_handling_cost: Number,
    handling_cost_ex_tax: Number,
    handling_cost_inc_tax: Number,
    handling_cost_tax: Number,
    handling_cost_tax_class_id: u32,
    shipping_zone_id: u32,
    shipping_zone_name: &'a str,
    shipping_quotes: Link,
}

impl<'a> ConsignmentsBody<'a> {
    /// Consignments in a shape, with whole line items or with links to them.
    #[must_use]
    pub fn included(hash: &str, order: &'a Order, shape: Shape, whole_lines: bool) -> Self {
        let consignments = Consignments::of(hash, order, whole_lines);
        match shape {
            Shape::Array => Self::Array([consignments]),
            Shape::Object => Self::Object(consignments),
        }
    }

    /// A link, when they were not asked for.
    #[must_use]
    pub fn link(hash: &str, order: &Order) -> Self {
        Self::Link(Link::v2(hash, format!("/orders/{}/consignments", order.id)))
    }
}

impl<'a> Consignments<'a> {
    fn of(hash: &str, order: &'a Order, whole: bool) -> Self {
        let items = |kind| Items::of(hash, order, kind, whole);
        let physical = || lines(order, LineKind::Physical).next().is_some();
        let emailed = |kind| -> Vec<Emailed<'a>> {
            let any = lines(order, kind).next().is_some();
            any.then(|| Emailed {
                recipient_email: &order.customer.email,
                items: items(kind),
            })
            .into_iter()
            .collect()
        };
        let by = |delivery| order.delivery == delivery && physical();
        Self {
            pickups: by(Delivery::Pickup)
                .then(|| pickup(order, items(LineKind::Physical)))
                .into_iter()
                .collect(),
            shipping: by(Delivery::Shipping)
                .then(|| shipping(hash, order, items(LineKind::Physical)))
                .into_iter()
                .collect(),
            downloads: emailed(LineKind::Digital),
            email: Email {
                gift_certificates: emailed(LineKind::GiftCertificate),
            },
        }
    }
}

impl<'a> Items<'a> {
    fn of(hash: &str, order: &'a Order, kind: LineKind, whole: bool) -> Self {
        if !whole {
            let link = |l: &Line| Link::v2(hash, format!("/orders/{}/products/{}", order.id, l.id));
            return Self {
                line_items: LineItems::Links(lines(order, kind).map(link).collect()),
                warning: None,
            };
        }
        let all = lines(order, kind).count();
        let shown = lines(order, kind)
            .take(MOST_LINE_ITEMS)
            .map(|line| LineBody::of(order, line))
            .collect();
        Self {
            line_items: LineItems::Whole(shown),
            warning: (all > MOST_LINE_ITEMS).then(|| Warning {
                message: format!(
                    "This consignment has more than {MOST_LINE_ITEMS} line items. \
                     Use GET /orders/{}/products to retrieve all of them.",
                    order.id
                ),
            }),
        }
    }
}

fn lines(order: &Order, kind: LineKind) -> impl Iterator<Item = &Line> {
    order.lines.iter().filter(move |l| l.kind == kind)
}

fn physical_units(order: &Order) -> u32 {
    lines(order, LineKind::Physical).map(|l| l.quantity).sum()
}

fn pickup<'a>(order: &'a Order, items: Items<'a>) -> Pickup<'a> {
    let Address {
        state,
        zip,
        country,
        ..
    } = &order.destination;
    Pickup {
        id: order.delivery_id,
        pickup_method_id: 1,
        pickup_method_display_name: "Collect in store",
        collection_instructions: "Bring your ID.",
        collection_time_description: "9am - 6pm",
        location: Location {
            id: 2,
            name: "City Shop",
            code: "SHOP-2",
            address_line_1: "1 Market Square",
            address_line_2: "",
            city: &order.destination.city,
            state,
            postal_code: zip,
            country_alpha2: country.0,
            email: "shop2@sandbox.example",
            phone: "+1 555 0199",
        },
        items,
    }
}

fn shipping<'a>(hash: &str, order: &'a Order, items: Items<'a>) -> Shipping<'a> {
    let (to, who) = (&order.destination, &order.customer);
    let (ship, handle) = (order.shipping, order.handling);
    let units = physical_units(order);
    Shipping {
        id: order.delivery_id,
        first_name: &who.first_name,
        last_name: &who.last_name,
        company: "",
        street_1: &to.street,
        street_2: "",
        city: &to.city,
        zip: &to.zip,
        country: to.country.1,
        country_iso2: to.country.0,
        state: &to.state,
        email: &who.email,
        phone: &who.phone,
        form_fields: [],
        items,
        items_total: units,
        items_shipped: if order.shipped.is_some() { units } else { 0 },
        shipping_method: if ship.base.is_zero() {
            "Free Shipping"
        } else {
            "Flat Rate"
        },
        base_cost: Number(ship.base),
        cost_ex_tax: Number(ship.cost.ex),
        cost_inc_tax: Number(ship.cost.inc),
        cost_tax: Number(ship.cost.tax),
        cost_tax_class_id: 2,
        base_handling_cost: Number(handle.base),
        handling_cost_ex_tax: Number(handle.cost.ex),
        handling_cost_inc_tax: Number(handle.cost.inc),
        handling_cost_tax: Number(handle.cost.tax),
        handling_cost_tax_class_id: 2,
        shipping_zone_id: 1,
        shipping_zone_name: to.country.1,
        shipping_quotes: Link::v2(
            hash,
            format!(
                "/orders/{0}/consignments/shipping/{1}/shipping_quotes",
                order.id, order.delivery_id
            ),
        ),
    }
}
