//! An order: what was put in the basket, and the amounts that follow from it.

use jiff::Timestamp;

use super::{Amount, MoneyStyle};

/// An amount in its three tax views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taxed {
    /// Without tax; an estimate with four decimals in tax-inclusive stores.
    pub ex: Amount,
    /// With tax.
    pub inc: Amount,
    /// The tax itself.
    pub tax: Amount,
}

impl std::ops::AddAssign for Taxed {
    fn add_assign(&mut self, other: Self) {
        self.ex += other.ex;
        self.inc += other.inc;
        self.tax += other.tax;
    }
}

/// Which of a jurisdiction's rates applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxClass {
    /// Default tax class.
    Standard,
    /// Reduced rate (books, for instance).
    Reduced,
    /// Never taxed (gift certificates).
    Exempt,
}

impl TaxClass {
    /// Id of the class in the API.
    #[must_use]
    pub const fn id(self) -> u32 {
        match self {
            Self::Standard => 0,
            Self::Exempt => 1,
            Self::Reduced => 4,
        }
    }
}

/// A tax that applies to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jurisdiction {
    /// Name on the invoice, e.g. `TX State Tax`.
    pub name: String,
    /// The provider's id of the rate.
    pub sales_tax_id: String,
    /// Standard rate in parts per million (8.25 % is 82,500).
    pub standard: i64,
    /// Reduced rate in parts per million.
    pub reduced: i64,
    /// Whether shipping and handling are taxed, at the standard rate.
    pub taxes_shipping: bool,
}

impl Jurisdiction {
    /// The rate for a class, in parts per million.
    #[must_use]
    pub const fn rate(&self, class: TaxClass) -> i64 {
        match class {
            TaxClass::Standard => self.standard,
            TaxClass::Reduced => self.reduced,
            TaxClass::Exempt => 0,
        }
    }
}

/// What kind of thing a line sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Shipped or collected.
    Physical,
    /// Downloaded.
    Digital,
    /// A gift certificate, sent by e-mail.
    GiftCertificate,
}

/// A discount's share on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDiscount {
    /// Kind of discount as the API names it (`manual-discount`, `coupon`, ...).
    pub id: &'static str,
    /// Share of this line, in the store's entry mode.
    pub amount: Amount,
    /// Name shown to shoppers.
    pub name: String,
    /// Coupon code, if there was one.
    pub code: Option<String>,
    /// True when the discount was given on the order and spread over the lines.
    pub on_order: bool,
}

/// Gift wrapping of a line.
#[derive(Clone, Debug)]
pub struct Wrapping {
    /// Id of the wrapping option.
    pub id: u32,
    /// Its name.
    pub name: &'static str,
    /// Message on the card.
    pub message: String,
    /// Price for the line, in the store's entry mode.
    pub base: Amount,
    /// The price in its three views.
    pub cost: Taxed,
}

/// One order line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Order product id, unique in the store.
    pub id: u32,
    /// Catalogue product, 0 for a gift certificate.
    pub product_id: u32,
    /// Stock keeping unit.
    pub sku: String,
    /// Name at the time of the order.
    pub name: String,
    /// Brand name; the API gives no brand id here.
    pub brand: String,
    /// What kind of thing is sold.
    pub kind: LineKind,
    /// Units.
    pub quantity: u32,
    /// Price of one, in the store's entry mode.
    pub unit_price: Amount,
    /// Purchase cost of one.
    pub cost_price: Amount,
    /// Tax class.
    pub tax_class: TaxClass,
    /// Discounts on this line.
    pub discounts: Vec<LineDiscount>,
    /// Gift wrapping.
    pub wrapping: Option<Wrapping>,
    /// Chosen size, for apparel and footwear.
    pub size: Option<&'static str>,
    /// Units refunded so far.
    pub quantity_refunded: u32,
    /// Per unit, before discount.
    pub price: Taxed,
    /// Before discount, except the tax, which is after discount.
    pub total: Taxed,
    /// What the customer pays for the line.
    pub discounted_total_inc_tax: Amount,
}

impl Line {
    /// All discounts on the line.
    #[must_use]
    pub fn discount(&self) -> Amount {
        self.discounts.iter().map(|d| d.amount).sum()
    }
}

/// A cost beside the lines: shipping or handling.
#[derive(Clone, Copy, Debug, Default)]
pub struct Charge {
    /// As entered.
    pub base: Amount,
    /// In its three views.
    pub cost: Taxed,
}

/// A fee such as package protection.
#[derive(Clone, Debug)]
pub struct Fee {
    /// Fee id.
    pub id: u32,
    /// Name shown to shoppers and merchants.
    pub name: &'static str,
    /// What it costs.
    pub charge: Charge,
}

/// A coupon used on the order.
#[derive(Clone, Debug)]
pub struct Coupon {
    /// Id of this use.
    pub id: u32,
    /// Id of the coupon.
    pub coupon_id: u32,
    /// Code the customer typed.
    pub code: String,
    /// 0 per item, 1 percent, 2 per total, 3 shipping, 4 free shipping, 5 promotion.
    pub kind: u8,
    /// Face value: money or percent.
    pub amount: Amount,
    /// What it took off this order.
    pub discount: Amount,
}

/// What a tax row taxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taxable {
    /// A line, by order product id.
    Item(u32),
    /// Shipping.
    Shipping,
    /// Handling.
    Handling,
    /// Gift wrapping of a line, by order product id.
    Wrapping(u32),
}

/// One jurisdiction's tax on one thing.
#[derive(Clone, Copy, Debug)]
pub struct TaxRow {
    /// Place of the jurisdiction in [`Order::jurisdictions`].
    pub jurisdiction: usize,
    /// Class the rate was taken from.
    pub class: TaxClass,
    /// What was taxed.
    pub on: Taxable,
    /// The tax, in whole cents.
    pub amount: Amount,
}

/// How the order was paid beyond store credit and gift certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentMethod {
    /// `Credit Card`.
    CreditCard,
    /// `PayPal`; leaves no transactions in the API.
    PayPal,
    /// `Bank Deposit`, paid days later.
    BankDeposit,
    /// `Klarna`, Europe only.
    Klarna,
    /// Store credit covered everything.
    StoreCredit,
    /// Gift certificates covered everything.
    GiftCertificate,
}

impl PaymentMethod {
    /// Display name on the order.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreditCard => "Credit Card",
            Self::PayPal => "PayPal",
            Self::BankDeposit => "Bank Deposit",
            Self::Klarna => "Klarna",
            Self::StoreCredit => "Store Credit",
            Self::GiftCertificate => "Gift Certificate",
        }
    }

    /// Gateway key in transactions and refund payments.
    #[must_use]
    pub const fn gateway(self) -> &'static str {
        match self {
            Self::CreditCard => "braintree",
            Self::PayPal => "paypalexpress",
            Self::BankDeposit => "bankdeposit",
            Self::Klarna => "klarna",
            Self::StoreCredit => "storecredit",
            Self::GiftCertificate => "giftcertificate",
        }
    }

    /// The method with this display name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::CreditCard,
            Self::PayPal,
            Self::BankDeposit,
            Self::Klarna,
            Self::StoreCredit,
            Self::GiftCertificate,
        ]
        .into_iter()
        .find(|m| m.name() == name)
    }
}

/// A movement of money as `/v3/orders/{id}/transactions` shows it.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Id, unique in the store.
    pub id: u32,
    /// `purchase`, `refund`, ...
    pub event: &'static str,
    /// Gateway or tender.
    pub via: PaymentMethod,
    /// How much.
    pub amount: Amount,
    /// When.
    pub at: Timestamp,
    /// The purchase that a refund gives back.
    pub reference: Option<u32>,
}

/// A postal address.
#[derive(Clone, Debug)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// City.
    pub city: String,
    /// State or region.
    pub state: String,
    /// Postal code.
    pub zip: String,
    /// Country, ISO 3166 alpha-2 and name.
    pub country: (&'static str, &'static str),
}

/// The shopper. Made up, but personal data as far as a client can tell.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Customer id, 0 for a guest.
    pub id: u32,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
    /// IPv4 address of the checkout.
    pub ip: String,
    /// Free text at checkout.
    pub message: String,
    /// Billing address.
    pub address: Address,
}

/// How physical goods reach the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// By carrier to the address.
    Shipping,
    /// Collected at a shop.
    Pickup,
    /// Nothing physical in the order.
    None,
}

/// Something wrong that the API is made to serve for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Malformation {
    /// `total_inc_tax` is a word.
    TotalNotANumber,
    /// The currency codes are missing.
    MissingCurrency,
    /// The total is five units higher than its parts.
    Unbalanced,
    /// `date_created` is no date.
    BadDate,
    /// A line's quantity is a word.
    BadQuantity,
}

/// An order as the store keeps it.
#[derive(Clone, Debug)]
pub struct Order {
    /// Id, unique in the store.
    pub id: u32,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Prices include tax.
    pub inclusive: bool,
    /// How its money strings are written.
    pub style: MoneyStyle,
    /// Status id.
    pub status: u8,
    /// `payment_status` of the API.
    pub payment_status: &'static str,
    /// How it was paid.
    pub payment: PaymentMethod,
    /// When it was placed.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// When everything was sent.
    pub shipped: Option<Timestamp>,
    /// The shopper.
    pub customer: Customer,
    /// Where it goes; the billing address otherwise.
    pub destination: Address,
    /// How it goes there.
    pub delivery: Delivery,
    /// Id of the shipping address or pickup.
    pub delivery_id: u32,
    /// Lines.
    pub lines: Vec<Line>,
    /// Shipping.
    pub shipping: Charge,
    /// Handling.
    pub handling: Charge,
    /// Gift wrapping of all lines.
    pub wrapping: Charge,
    /// Fees.
    pub fees: Vec<Fee>,
    /// Taxes that apply.
    pub jurisdictions: Vec<Jurisdiction>,
    /// Tax computed on the order as a whole, as external providers do; the
    /// header may then differ from the lines by a cent or two.
    pub external_tax: bool,
    /// Coupons used.
    pub coupons: Vec<Coupon>,
    /// Automatic and manual discounts.
    pub discount_amount: Amount,
    /// Coupon discounts.
    pub coupon_discount: Amount,
    /// Lines before discount, tax after discount.
    pub subtotal: Taxed,
    /// The order's total, before tenders.
    pub total: Taxed,
    /// Tax by jurisdiction and thing taxed.
    pub taxes: Vec<TaxRow>,
    /// Part paid with store credit.
    pub store_credit: Amount,
    /// Part paid with gift certificates.
    pub gift_certificate: Amount,
    /// Movements of money.
    pub transactions: Vec<Transaction>,
    /// Served wrong on purpose.
    pub malformed: Option<Malformation>,
}

impl Order {
    /// Units over all lines.
    #[must_use]
    pub fn items_total(&self) -> u32 {
        self.lines.iter().map(|l| l.quantity).sum()
    }

    /// What the gateway is to collect.
    #[must_use]
    pub fn money_due(&self) -> Amount {
        self.total.inc - self.store_credit - self.gift_certificate
    }

    /// True when nothing is to be shipped or collected.
    #[must_use]
    pub fn is_digital(&self) -> bool {
        self.delivery == Delivery::None
    }
}
