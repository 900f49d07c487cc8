//! Whose a recorded step is.

use super::*;

/// Two posters: ours records that the file is uploaded, and finds that the other
/// has recorded the load by then. That call is the other's to make.
#[test]
fn a_step_that_somebody_recorded_after_ours_is_not_ours_to_make() {
    assert!(is_ours(Recorded::Now, true));
    assert!(!is_ours(Recorded::Now, false));
    assert!(!is_ours(Recorded::Before, true));
    assert!(!is_ours(Recorded::Overtaken, true));
}
