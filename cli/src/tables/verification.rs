//! What became of the mapper's verdicts when they were derived again.

use mapping::ENGINE;
use replay::Verification;

/// How many verdicts follow from their causes, and a line for each that does not.
pub(crate) fn verification(verification: &Verification) -> String {
    let mut lines = vec![format!(
        "{} verdicts follow from their causes to the byte, {} do not",
        verification.same, verification.deviating
    )];
    for deviation in &verification.deviations {
        lines.push(format!(
            "offset {} ({}): {}",
            deviation.offset, deviation.subject, deviation.what
        ));
    }
    let shown = verification.deviations.len() as u64;
    if verification.deviating > shown {
        lines.push(format!("… and {} more", verification.deviating - shown));
    }
    for (digest, count) in &verification.unknown_rules {
        lines.push(format!(
            "{count} verdicts are by the rule set {digest}, which was not given: name its file by --rules"
        ));
    }
    for (engine, count) in &verification.other_engines {
        lines.push(format!(
            "{count} verdicts are by version {engine} of the mapping, this is {ENGINE}: that version must verify them"
        ));
    }
    lines.join("\n") + "\n"
}
