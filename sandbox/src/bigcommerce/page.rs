//! Pages of a list.

/// Which part of a list was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Counted from 1.
    pub page: u64,
    /// Results per page.
    pub limit: u64,
}

impl Page {
    /// The part of `all` on this page.
    pub fn of<T>(self, all: Vec<T>) -> Vec<T> {
        let skip =
            usize::try_from((self.page - 1).saturating_mul(self.limit)).unwrap_or(usize::MAX);
        let take = usize::try_from(self.limit).unwrap_or(usize::MAX);
        all.into_iter().skip(skip).take(take).collect()
    }
}
