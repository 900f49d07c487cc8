//! Made-up shoppers: names, addresses, e-mails and telephone numbers.

use rand::RngExt;
use rand::rngs::StdRng;

use crate::store::order::{Address, Customer};

const FIRST: [&str; 12] = [
    "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katya",
    "Liam",
];
const LAST: [&str; 12] = [
    "Marsh",
    "Novak",
    "Okafor",
    "Petit",
    "Quinn",
    "Rossi",
    "Schäfer",
    "Tanaka",
    "Underwood",
    "Vega",
    "Weiß",
    "Young",
];
const STREETS: [&str; 6] = [
    "Mill Lane",
    "Harbour Road",
    "Elm Street",
    "Station Road",
    "High Street",
    "Church Row",
];
const MESSAGES: [&str; 4] = [
    "",
    "",
    "Please leave with the neighbour at number 12.",
    "It's a birthday present for my sister Mia, call +1 555 0100 before delivery",
];

/// City, state, postal code and country of the places shoppers live in.
type Place = (
    &'static str,
    &'static str,
    &'static str,
    (&'static str, &'static str),
);

const AMERICA: (&str, &str) = ("US", "United States");
const AMERICAN: [Place; 7] = [
    ("Austin", "Texas", "78751", AMERICA),
    ("Sacramento", "California", "94203", AMERICA),
    ("New York", "New York", "10001", AMERICA),
    ("Seattle", "Washington", "98101", AMERICA),
    ("Portland", "Oregon", "97201", AMERICA),
    ("Denver", "Colorado", "80202", AMERICA),
    ("Chicago", "Illinois", "60601", AMERICA),
];
const EUROPEAN: [Place; 6] = [
    ("Berlin", "Berlin", "10115", ("DE", "Germany")),
    ("München", "Bayern", "80331", ("DE", "Germany")),
    ("Lyon", "Auvergne-Rhône-Alpes", "69001", ("FR", "France")),
    ("Utrecht", "Utrecht", "3511", ("NL", "Netherlands")),
    ("Milano", "Lombardia", "20121", ("IT", "Italy")),
    ("Dublin", "Leinster", "D02", ("IE", "Ireland")),
];

/// An address in the store's part of the world.
pub(super) fn address(rng: &mut StdRng, store_country: &str) -> Address {
    let (city, state, zip, country) = if store_country == "US" {
        pick(rng, &AMERICAN)
    } else {
        pick(rng, &EUROPEAN)
    };
    Address {
        street: format!("{} {}", rng.random_range(1..400), pick(rng, &STREETS)),
        city: city.to_owned(),
        state: state.to_owned(),
        zip: zip.to_owned(),
        country,
    }
}

/// A shopper who lives there; one in three is a guest.
pub(super) fn customer(rng: &mut StdRng, home: &Address) -> Customer {
    let (first, last) = (pick(rng, &FIRST), pick(rng, &LAST));
    let number: u32 = rng.random_range(1..9_999);
    let guest = rng.random_range(0..3) == 0;
    Customer {
        id: if guest { 0 } else { 1 + number % 400 },
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        email: format!("{}.{number}@shopper.example", first.to_lowercase()),
        phone: format!("+1 555 01{:02} {number:04}", number % 100),
        // TEST-NET-3, so nobody's address.
        ip: format!("203.0.113.{}", number % 254 + 1),
        message: pick(rng, &MESSAGES).to_owned(),
        address: home.clone(),
    }
}

/// One of a few, evenly.
pub(super) fn pick<T: Copy>(rng: &mut StdRng, from: &[T]) -> T {
    from[rng.random_range(0..from.len())]
}
