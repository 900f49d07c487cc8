//! Orders: `/v2/orders` and `/v2/orders/{id}`.

use serde::Serialize;

use super::consignments::{ConsignmentsBody, Shape};
use super::parts::{FeeBody, FeesBody};
use super::{Link, Money, rfc2822};
use crate::store::order::{Address, Charge, Customer, Delivery, Order};
use crate::store::{Amount, Profile, status};

/// What to side-load into orders.
#[derive(Clone, Copy, Debug)]
pub struct Include {
    /// Consignments.
    pub consignments: bool,
    /// Whole line items within the consignments.
    pub line_items: bool,
    /// Fees.
    pub fees: bool,
    /// Shape of the consignments.
    pub shape: Shape,
}

/// An order.
#[derive(Debug, Serialize)]
pub struct OrderBody<'a> {
    id: u32,
    customer_id: u32,
    date_created: String,
    date_modified: String,
    date_shipped: String,
    status_id: u8,
    status: &'a str,
    subtotal_ex_tax: Money,
    subtotal_inc_tax: Money,
    subtotal_tax: Money,
    base_shipping_cost: Money,
    shipping_cost_ex_tax: Money,
    shipping_cost_inc_tax: Money,
    shipping_cost_tax: Money,
    shipping_cost_tax_class_id: u32,
    base_handling_cost: Money,
    handling_cost_ex_tax: Money,
    handling_cost_inc_tax: Money,
    handling_cost_tax: Money,
    handling_cost_tax_class_id: u32,
    base_wrapping_cost: Money,
    wrapping_cost_ex_tax: Money,
    wrapping_cost_inc_tax: Money,
    wrapping_cost_tax: Money,
    wrapping_cost_tax_class_id: u32,
    total_ex_tax: Money,
    total_inc_tax: Money,
    total_tax: Money,
    is_tax_inclusive_pricing: bool,
    items_total: u32,
    items_shipped: u32,
    payment_method: &'a str,
    payment_provider_id: &'a str,
    payment_status: &'a str,
    refunded_amount: Money,
    order_is_digital: bool,
    store_credit_amount: Money,
    gift_certificate_amount: Money,
    ip_address: &'a str,
    ip_address_v6: &'a str,
    geoip_country: &'a str,
    geoip_country_iso2: &'a str,
    currency_id: u32,
    currency_code: &'a str,
    currency_exchange_rate: &'a str,
    default_currency_id: u32,
    default_currency_code: &'a str,
    store_default_currency_code: &'a str,
    store_default_to_transactional_exchange_rate: &'a str,
    staff_notes: &'a str,
    customer_message: &'a str,
    discount_amount: Money,
    coupon_discount: Money,
    shipping_address_count: u32,
    is_deleted: bool,
    ebay_order_id: &'a str,
    cart_id: String,
    billing_address: BillingBody<'a>,
    is_email_opt_in: bool,
    // Sent by the live service although its schema has no such fields.
    credit_card_type: Option<&'a str>,
    custom_status: &'a str,
    order_source: &'a str,
    channel_id: u32,
    external_source: Option<&'a str>,
    products: Link,
    shipping_addresses: Link,
    coupons: Link,
    consignments: ConsignmentsBody<'a>,
    fees: FeesBody<'a>,
    external_id: Option<&'a str>,
    external_merchant_id: Option<&'a str>,
    tax_provider_id: &'a str,
    customer_locale: &'a str,
    external_order_id: &'a str,
}

/// The billing address.
#[derive(Debug, Serialize)]
struct BillingBody<'a> {
    first_name: &'a str,
    last_name: &'a str,
    company: &'a str,
    street_1: &'a str,
    street_2: &'a str,
    city: &'a str,
    state: &'a str,
    zip: &'a str,
    country: &'a str,
    country_iso2: &'a str,
    phone: &'a str,
    email: &'a str,
    form_fields: [(); 0],
}

impl<'a> OrderBody<'a> {
    /// The order of a store with what is to be included.
    #[must_use]
    pub fn of(profile: &Profile, order: &'a Order, include: Include) -> Self {
        let money = |amount| Money(amount, order.style);
        let units = order.items_total();
        let Charge {
            base: shipping_base,
            cost: shipping,
        } = order.shipping;
        let Charge {
            base: handling_base,
            cost: handling,
        } = order.handling;
        let Charge {
            base: wrapping_base,
            cost: wrapping,
        } = order.wrapping;
        let hash = profile.hash;
        let link = |part: &str| Link::v2(hash, format!("/orders/{}/{part}", order.id));
        let rate = "1.0000000000";
        Self {
            id: order.id,
            customer_id: order.customer.id,
            date_created: rfc2822(order.created),
            date_modified: rfc2822(order.modified),
            date_shipped: order.shipped.map(rfc2822).unwrap_or_default(),
            status_id: order.status,
            status: status::label(order.status),
            subtotal_ex_tax: money(order.subtotal.ex),
            subtotal_inc_tax: money(order.subtotal.inc),
            subtotal_tax: money(order.subtotal.tax),
            base_shipping_cost: money(shipping_base),
            shipping_cost_ex_tax: money(shipping.ex),
            shipping_cost_inc_tax: money(shipping.inc),
            shipping_cost_tax: money(shipping.tax),
            shipping_cost_tax_class_id: 2,
            base_handling_cost: money(handling_base),
            handling_cost_ex_tax: money(handling.ex),
            handling_cost_inc_tax: money(handling.inc),
            handling_cost_tax: money(handling.tax),
            handling_cost_tax_class_id: 2,
            base_wrapping_cost: money(wrapping_base),
            wrapping_cost_ex_tax: money(wrapping.ex),
            wrapping_cost_inc_tax: money(wrapping.inc),
            wrapping_cost_tax: money(wrapping.tax),
            wrapping_cost_tax_class_id: 3,
            total_ex_tax: money(order.total.ex),
            total_inc_tax: money(order.total.inc),
            total_tax: money(order.total.tax),
            is_tax_inclusive_pricing: order.inclusive,
            items_total: units,
            items_shipped: if order.shipped.is_some() { units } else { 0 },
            payment_method: order.payment.name(),
            payment_provider_id: "",
            payment_status: order.payment_status,
            // Always zero, refunded or not; the refunds list is the truth.
            refunded_amount: money(Amount::ZERO),
            order_is_digital: order.is_digital(),
            store_credit_amount: money(order.store_credit),
            gift_certificate_amount: money(order.gift_certificate),
            ip_address: &order.customer.ip,
            ip_address_v6: "",
            geoip_country: order.destination.country.1,
            geoip_country_iso2: order.destination.country.0,
            currency_id: 1,
            currency_code: order.currency,
            currency_exchange_rate: rate,
            default_currency_id: 1,
            default_currency_code: order.currency,
            store_default_currency_code: order.currency,
            store_default_to_transactional_exchange_rate: rate,
            staff_notes: "",
            customer_message: &order.customer.message,
            discount_amount: money(order.discount_amount),
            coupon_discount: money(order.coupon_discount),
            shipping_address_count: u32::from(order.delivery == Delivery::Shipping),
            is_deleted: false,
            ebay_order_id: "0",
            cart_id: cart_id(profile, order),
            billing_address: billing(&order.customer),
            is_email_opt_in: false,
            credit_card_type: None,
            custom_status: status::label(order.status),
            order_source: "www",
            channel_id: 1,
            external_source: None,
            products: link("products"),
            shipping_addresses: link("shippingaddresses"),
            coupons: link("coupons"),
            consignments: if include.consignments {
                ConsignmentsBody::included(hash, order, include.shape, include.line_items)
            } else {
                ConsignmentsBody::link(hash, order)
            },
            fees: if include.fees {
                FeesBody::List(
                    order
                        .fees
                        .iter()
                        .map(|fee| FeeBody::of(order, fee))
                        .collect(),
                )
            } else {
                FeesBody::Link(link("fees"))
            },
            external_id: None,
            external_merchant_id: None,
            tax_provider_id: if order.external_tax {
                "AvaTaxProvider"
            } else {
                "BasicTaxProvider"
            },
            customer_locale: if profile.inclusive { "de" } else { "en" },
            external_order_id: "",
        }
    }
}

/// The cart the order came from: made up, but always the same for an order.
#[must_use]
pub fn cart_id(profile: &Profile, order: &Order) -> String {
    let name = format!("{}/{}", profile.hash, order.id);
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

fn billing(customer: &Customer) -> BillingBody<'_> {
    let Address {
        street,
        city,
        state,
        zip,
        country,
    } = &customer.address;
    BillingBody {
        first_name: &customer.first_name,
        last_name: &customer.last_name,
        company: "",
        street_1: street,
        street_2: "",
        city,
        state,
        zip,
        country: country.1,
        country_iso2: country.0,
        phone: &customer.phone,
        email: &customer.email,
        form_fields: [],
    }
}
