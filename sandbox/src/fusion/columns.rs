//! Layout of `GlInterface.csv`: what each of the 149 positions is called, which
//! type it has and how long it may be.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// Positions in a row.
pub(super) const COUNT: usize = 149;
/// What the spreadsheet macro writes as one more field; tolerated.
pub(super) const END_MARK: &str = "END";

/// Type of an interface column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Text of up to so many characters.
    Text(usize),
    /// A decimal number, dot as decimal sign.
    Number,
    /// An integer of up to so many digits.
    Integer(usize),
    /// `YYYY/MM/DD`.
    Date,
}

/// First position, last position, name (numbered if more than one), number of the first, type.
type Span = (usize, usize, &'static str, usize, Kind);

const LAYOUT: [Span; 42] = [
    (1, 1, "STATUS", 0, Kind::Text(50)),
    (2, 2, "LEDGER_ID", 0, Kind::Integer(18)),
    (3, 3, "ACCOUNTING_DATE", 0, Kind::Date),
    (4, 4, "USER_JE_SOURCE_NAME", 0, Kind::Text(25)),
    (5, 5, "USER_JE_CATEGORY_NAME", 0, Kind::Text(25)),
    (6, 6, "CURRENCY_CODE", 0, Kind::Text(15)),
    (7, 7, "DATE_CREATED", 0, Kind::Date),
    (8, 8, "ACTUAL_FLAG", 0, Kind::Text(1)),
    (9, 38, "SEGMENT", 1, Kind::Text(25)),
    (39, 39, "ENTERED_DR", 0, Kind::Number),
    (40, 40, "ENTERED_CR", 0, Kind::Number),
    (41, 41, "ACCOUNTED_DR", 0, Kind::Number),
    (42, 42, "ACCOUNTED_CR", 0, Kind::Number),
    (43, 43, "REFERENCE1", 0, Kind::Text(100)),
    (44, 44, "REFERENCE2", 0, Kind::Text(240)),
    (45, 45, "REFERENCE3", 0, Kind::Text(100)),
    (46, 46, "REFERENCE4", 0, Kind::Text(100)),
    (47, 47, "REFERENCE5", 0, Kind::Text(240)),
    (48, 51, "REFERENCE", 6, Kind::Text(100)),
    (52, 52, "REFERENCE10", 0, Kind::Text(240)),
    (53, 62, "REFERENCE", 21, Kind::Text(240)),
    (63, 63, "STAT_AMOUNT", 0, Kind::Number),
    (64, 64, "USER_CURRENCY_CONVERSION_TYPE", 0, Kind::Text(30)),
    (65, 65, "CURRENCY_CONVERSION_DATE", 0, Kind::Date),
    (66, 66, "CURRENCY_CONVERSION_RATE", 0, Kind::Number),
    (67, 67, "GROUP_ID", 0, Kind::Integer(18)),
    (68, 68, "ATTRIBUTE_CATEGORY", 0, Kind::Text(150)),
    (69, 88, "ATTRIBUTE", 1, Kind::Text(150)),
    (89, 89, "ATTRIBUTE_CATEGORY3", 0, Kind::Text(150)),
    (90, 90, "AVERAGE_JOURNAL_FLAG", 0, Kind::Text(1)),
    (91, 91, "ORIGINATING_BAL_SEG_VALUE", 0, Kind::Text(25)),
    (92, 92, "LEDGER_NAME", 0, Kind::Text(30)),
    (93, 93, "ENCUMBRANCE_TYPE_ID", 0, Kind::Integer(18)),
    (94, 94, "JGZZ_RECON_REF", 0, Kind::Text(240)),
    (95, 95, "PERIOD_NAME", 0, Kind::Text(15)),
    (96, 98, "REFERENCE", 18, Kind::Text(240)),
    (99, 108, "ATTRIBUTE_DATE", 1, Kind::Date),
    (109, 118, "ATTRIBUTE_NUMBER", 1, Kind::Number),
    (119, 119, "GLOBAL_ATTRIBUTE_CATEGORY", 0, Kind::Text(150)),
    (120, 139, "GLOBAL_ATTRIBUTE", 1, Kind::Text(150)),
    (140, 144, "GLOBAL_ATTRIBUTE_DATE", 1, Kind::Date),
    (145, 149, "GLOBAL_ATTRIBUTE_NUMBER", 1, Kind::Number),
];

/// Positions that may not be empty, the ledger apart (identifier or name).
const REQUIRED: [usize; 7] = [1, 3, 4, 5, 6, 7, 8];

/// Checks one field against its column.
///
/// # Errors
/// A sentence that names the column, what it holds and what it takes.
pub(super) fn check(position: usize, value: &str) -> Result<(), String> {
    // Most of the 149 fields are empty: these need no look at the layout.
    if value.is_empty() && !REQUIRED.contains(&position) {
        return Ok(());
    }
    let Some((name, kind)) = column(position) else {
        return Err(format!("position {position} is beyond the interface table"));
    };
    if value.is_empty() {
        return Err(format!("ORA-01400: cannot insert NULL into {name}"));
    }
    match kind {
        Kind::Text(longest) if value.chars().count() > longest => Err(format!(
            "ORA-12899: value too large for column {name} (actual: {}, maximum: {longest})",
            value.chars().count()
        )),
        Kind::Integer(digits)
            if value.len() > digits || !value.bytes().all(|b| b.is_ascii_digit()) =>
        {
            Err(format!(
                "ORA-01722: invalid number in column {name}: {value}"
            ))
        }
        Kind::Number if number(value).is_none() => Err(format!(
            "ORA-01722: invalid number in column {name}: {value}"
        )),
        Kind::Date if date(value).is_none() => Err(format!(
            "ORA-01861: column {name} takes YYYY/MM/DD, not {value}"
        )),
        _ => Ok(()),
    }
}

/// Parses `YYYY/MM/DD` and nothing else.
pub(super) fn date(text: &str) -> Option<Date> {
    let digits = |range: std::ops::Range<usize>| -> Option<i16> {
        let part = text.get(range)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let shaped = text.len() == 10 && text.get(4..5) == Some("/") && text.get(7..8) == Some("/");
    if !shaped {
        return None;
    }
    let month = i8::try_from(digits(5..7)?).ok()?;
    let day = i8::try_from(digits(8..10)?).ok()?;
    Date::new(digits(0..4)?, month, day).ok()
}

/// Parses a plain decimal: optional minus, digits, at most one dot.
pub(super) fn number(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().any(|b| b.is_ascii_digit());
    plain.then(|| Decimal::from_str_exact(text).ok())?
}

fn column(position: usize) -> Option<(String, Kind)> {
    let span = LAYOUT
        .iter()
        .find(|(first, last, ..)| (*first..=*last).contains(&position))?;
    let (first, last, name, number, kind) = *span;
    let name = match first == last {
        true => name.to_string(),
        false => format!("{name}{}", number + position - first),
    };
    Some((name, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_has_one_column() {
        for position in 1..=COUNT {
            let spans = LAYOUT
                .iter()
                .filter(|(first, last, ..)| (*first..=*last).contains(&position));
            assert_eq!(spans.count(), 1, "position {position}");
        }
        assert!(column(COUNT + 1).is_none());
    }

    #[test]
    fn numbered_columns_count_from_their_first() {
        let name = |position| column(position).map(|(name, _)| name);
        assert_eq!(name(9).as_deref(), Some("SEGMENT1"));
        assert_eq!(name(38).as_deref(), Some("SEGMENT30"));
        assert_eq!(name(48).as_deref(), Some("REFERENCE6"));
        assert_eq!(name(62).as_deref(), Some("REFERENCE30"));
        assert_eq!(name(98).as_deref(), Some("REFERENCE20"));
        assert_eq!(name(149).as_deref(), Some("GLOBAL_ATTRIBUTE_NUMBER5"));
    }

    #[test]
    fn numbers_and_dates_are_taken_in_one_form_only() {
        assert_eq!(number("-12.50"), Decimal::from_str_exact("-12.50").ok());
        for bad in [
            "1,000.00", "1e3", "12,5", "", ".", "-", "+1", "1_0", "1.2.3",
        ] {
            assert_eq!(number(bad), None, "{bad}");
        }
        assert!(date("2026/02/28").is_some());
        for bad in [
            "2026-02-28",
            "2026/2/28",
            "28/02/2026",
            "2026/02/30",
            "2026/02/28 ",
            "éé26/02/28",
        ] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
