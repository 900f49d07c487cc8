//! Keeps our webhooks registered in each store. A store deactivates them after
//! two days of failures or 90 days without an event.

use std::collections::BTreeMap;

use bigcommerce::{Client, Error, Hook, HookRequest};
use schemas::StoreKey;
use secrecy::SecretString;

/// The events that can change what the ledger should hold.
const SCOPES: [&str; 5] = [
    "store/order/created",
    "store/order/updated",
    "store/order/statusUpdated",
    "store/order/archived",
    "store/order/refund/created",
];

/// The hooks that a store should have.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub store: StoreKey,
    pub destination: String,
    pub headers: BTreeMap<String, SecretString>,
}

/// What has to be done about one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Create,
    Reactivate(u64),
}

impl Wanted {
    /// Creates what is missing and reactivates what was deactivated.
    pub(crate) async fn ensure(&self, client: &Client) -> Result<(), Error> {
        let existing = client.hooks().await?;
        for (scope, step) in steps(&existing, &self.destination) {
            let hook = HookRequest {
                scope: scope.to_owned(),
                destination: self.destination.clone(),
                headers: self.headers.clone(),
            };
            match step {
                Step::Create => client.create_hook(&hook).await?,
                Step::Reactivate(id) => client.update_hook(id, &hook).await?,
            };
            tracing::info!(store = %self.store, scope, ?step, "webhook registered");
        }
        Ok(())
    }
}

/// A webhook that a store should have and that is not there, or does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnfitHook {
    /// The events that it tells of, as BigCommerce calls them.
    pub scope: &'static str,
    /// It is there, and the store has deactivated it.
    pub is_inactive: bool,
}

/// What is wrong with a store's webhooks; `public_url` is where the stores reach us.
pub fn unfit_hooks(
    existing: &[Hook],
    public_url: impl std::fmt::Display,
    store: &StoreKey,
) -> Vec<UnfitHook> {
    let unfit = |(scope, step)| UnfitHook {
        scope,
        is_inactive: step != Step::Create,
    };
    let steps = steps(existing, &destination(public_url, store));
    steps.into_iter().map(unfit).collect()
}

/// Where a store's webhooks go.
pub(crate) fn destination(public_url: impl std::fmt::Display, store: &StoreKey) -> String {
    format!("{public_url}/webhooks/{store}")
}

fn steps<'a>(existing: &[Hook], destination: &str) -> Vec<(&'a str, Step)> {
    let step = |scope: &&'a str| {
        let mut ours = existing
            .iter()
            .filter(|hook| hook.scope == *scope && hook.destination == destination);
        match ours.next() {
            None => Some((*scope, Step::Create)),
            Some(hook) if !hook.is_active => Some((*scope, Step::Reactivate(hook.id))),
            Some(_) => None,
        }
    };
    SCOPES.iter().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_hooks_are_created_and_inactive_ones_woken() {
        let hook = |id, scope: &str, destination: &str, is_active| Hook {
            id,
            scope: scope.to_owned(),
            destination: destination.to_owned(),
            is_active,
        };
        let existing = [
            hook(1, SCOPES[0], "https://us", true),
            hook(2, SCOPES[1], "https://us", false),
            hook(3, SCOPES[2], "https://elsewhere", true),
        ];
        assert_eq!(
            steps(&existing, "https://us"),
            [
                (SCOPES[1], Step::Reactivate(2)),
                (SCOPES[2], Step::Create),
                (SCOPES[3], Step::Create),
                (SCOPES[4], Step::Create),
            ]
        );
    }
}
