//! What waits for a person.

use views::report::{Exception, Exceptions};

use super::{money, table};

/// A row for each exception.
pub(crate) fn exceptions(exceptions: &Exceptions) -> String {
    if exceptions.is_in_order() {
        return "There are no exceptions.\n".to_owned();
    }
    let mut table = table(&["Since", "About", "Value", "Code", "Cause", "What clears it"]);
    for exception in &exceptions.0 {
        table.add_row(vec![
            exception.since.to_string().into(),
            about(exception).into(),
            money(exception.value.as_ref(), exception.currency.as_ref()),
            exception.code.clone().into(),
            exception.cause.clone().into(),
            exception.remedy.clone().into(),
        ]);
    }
    format!("{table}\n")
}

/// The narrowest that is known of what it is about.
fn about(exception: &Exception) -> String {
    let known = [&exception.journal, &exception.entity, &exception.about];
    let narrowest = known.into_iter().find_map(Option::as_ref);
    narrowest.map_or_else(|| format!("event {}", exception.offset), String::clone)
}
