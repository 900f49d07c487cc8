//! Registered hooks.

use std::collections::BTreeMap;

use serde::Serialize;

/// A hook as `/v3/hooks` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Hook {
    /// Id.
    pub id: u32,
    /// API account that owns it; other accounts do not see it.
    pub client_id: String,
    /// Store.
    pub store_hash: String,
    /// Scope, possibly with a wildcard.
    pub scope: String,
    /// URL called.
    pub destination: String,
    /// Headers sent along.
    pub headers: Option<BTreeMap<String, String>>,
    /// Whether it is called.
    pub is_active: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub updated_at: i64,
}

impl Hook {
    /// True when an event of `scope` on the default channel goes to this hook.
    #[must_use]
    pub fn takes(&self, scope: &str) -> bool {
        let own = self
            .scope
            .strip_prefix("store/channel/1/")
            .map_or_else(|| self.scope.clone(), |rest| format!("store/{rest}"));
        match own.strip_suffix('*') {
            Some(prefix) => scope.starts_with(prefix),
            None => own == scope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(scope: &str) -> Hook {
        Hook {
            id: 1,
            client_id: String::new(),
            store_hash: String::new(),
            scope: scope.to_owned(),
            destination: String::new(),
            headers: None,
            is_active: true,
            created_at: 0,
            updated_at: 0,
        }
    }

    #[test]
    fn scopes_match_exactly_or_by_wildcard_or_by_channel() {
        assert!(hook("store/order/created").takes("store/order/created"));
        assert!(!hook("store/order/created").takes("store/order/updated"));
        assert!(hook("store/order/*").takes("store/order/refund/created"));
        assert!(hook("store/channel/1/order/updated").takes("store/order/updated"));
        assert!(!hook("store/channel/2/order/updated").takes("store/order/updated"));
    }
}
