//! A situation as it unfolds: the order, then what happens to it.

use std::path::{Path, PathBuf};

use mapping::{RuleSet, map_order, map_refund};
use schemas::{BroughtBy, Digest, OrderSnapshot, Recognition, RefundReceived, RefundSnapshot};

use crate::{
    file::{OrderFile, RefundFile, Situation},
    ledger::Ledger,
    render,
};

/// The rules that all situations share.
pub(crate) const RULES: &str = include_str!("rules.toml");

pub(crate) struct Story {
    pub file: PathBuf,
    pub title: String,
    pub explanation: String,
    /// The order and its journals, as a person reads them.
    pub text: String,
}

impl Story {
    pub(crate) fn tell(file: &Path) -> Story {
        let text = std::fs::read_to_string(file).expect("the situation can be read");
        let situation: Situation =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Story {
            file: file.to_owned(),
            title: situation.title.clone(),
            explanation: situation.explanation.trim().to_owned(),
            text: tell(situation, file),
        }
    }
}

fn tell(situation: Situation, file: &Path) -> String {
    let rules = with(&situation.rules);
    let rules = RuleSet::parse(&rules, "rules.toml")
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut told = Told {
        rules,
        ledger: Ledger::default(),
        refunds: Vec::new(),
        figures: String::new(),
        text: String::new(),
    };
    if !situation.rules.is_empty() {
        let differing = toml::to_string(&situation.rules).expect("rules can be written");
        told.text += &format!(
            "Rules besides the common ones:\n\n{}\n",
            indented(&differing)
        );
    }
    let mut fields = situation.order;
    let mut order = snapshot(&fields, file);
    told.order(&order, true);
    for step in situation.then {
        told.text += &format!("\n── {} ──\n\n", step.what);
        if let Some(changed) = step.order {
            fields.extend(changed);
            order = snapshot(&fields, file);
            told.note_pieces(&mut order);
            told.order(&order, false);
        }
        if let Some(refund) = step.refund {
            told.refund(refund, &mut order);
        }
    }
    told.text
}

fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| format!("    {line}"));
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

fn snapshot(fields: &toml::Table, file: &Path) -> OrderSnapshot {
    let order: OrderFile = fields
        .clone()
        .try_into()
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    order.snapshot()
}

/// The common rules with what differs: policies replaced, the route of a store
/// amended, accounts added.
fn with(differing: &toml::Table) -> String {
    let mut rules: toml::Table = toml::from_str(RULES).expect("the common rules are TOML");
    for (key, value) in differing {
        match (key.as_str(), value) {
            ("policy", toml::Value::Table(policy)) => {
                rules["policy"]
                    .as_table_mut()
                    .expect("a table")
                    .extend(policy.clone());
            }
            ("us" | "eu", toml::Value::Table(route)) => {
                let routes = rules["routes"].as_array_mut().expect("routes");
                let of_store = routes
                    .iter_mut()
                    .find(|it| it["ledger"].as_str() == Some(key));
                let of_store = of_store.and_then(toml::Value::as_table_mut);
                of_store.expect("a route").extend(route.clone());
            }
            ("accounts", toml::Value::Array(accounts)) => {
                rules["accounts"]
                    .as_array_mut()
                    .expect("rules")
                    .extend(accounts.clone());
            }
            _ => panic!("`{key}` is none of policy, us, eu, accounts"),
        }
    }
    toml::to_string(&rules).expect("rules can be written")
}

struct Told {
    rules: RuleSet,
    ledger: Ledger,
    refunds: Vec<RefundSnapshot>,
    /// Those of the order that were shown last.
    figures: String,
    text: String,
}

impl Told {
    fn order(&mut self, order: &OrderSnapshot, is_first: bool) {
        let mapped = map_order(order, &self.rules);
        let (heading, figures) = render::order(order);
        self.text += &format!("{heading}\n");
        if self.figures != figures {
            self.text += &format!("\n{figures}");
            self.figures = figures;
        }
        self.text.push('\n');
        self.text += &render::target(&mapped);
        let Ok(mapped) = mapped else { return };
        let date = match self.ledger.is_untouched() {
            true => mapped.accounting_date,
            false => mapped.change_date,
        };
        let difference = self.ledger.order(&mapped);
        if is_first {
            return;
        }
        if difference.is_empty() {
            self.text += "\nThe ledger holds that already.\n";
        } else {
            let rows = render::balances(&difference, order.currency);
            self.text += &format!("\nPosted on {date}: the difference\n\n{rows}");
        }
        if mapped.recognition == Recognition::Recognised {
            self.refunds_follow(order);
        }
        self.left(order);
    }

    fn refund(&mut self, refund: RefundFile, order: &mut OrderSnapshot) {
        let id = 1 + self.refunds.len() as u64;
        let refund = refund.received(id, order, &[]).refund;
        self.refunds.push(refund);
        self.note_pieces(order);
        let received = self.received(self.refunds.len() - 1, order);
        let mapped = map_refund(&received, &self.rules);
        self.text += &render::refund(&received);
        self.text.push('\n');
        self.text += &render::target(&mapped);
        if let Ok(mapped) = mapped {
            self.ledger.refund(id, &mapped.journal);
            self.order_follows(order);
            self.left(order);
        }
    }

    /// A refund and those before it, with the order as it is now.
    fn received(&self, index: usize, order: &OrderSnapshot) -> RefundReceived {
        RefundReceived {
            refund: self.refunds[index].clone(),
            order: order.clone(),
            earlier: self.refunds[..index].to_vec(),
            brought_by: BroughtBy::Webhook,
            body: Digest::of(b"situation"),
            state: None,
            follows: None,
        }
    }

    /// How many pieces of each line came back, as far as the refunds tell it.
    fn note_pieces(&self, order: &mut OrderSnapshot) {
        for line in &mut order.lines {
            let accepted = self.refunds.iter().filter(|it| !it.is_declined());
            line.quantity_refunded = accepted.map(|it| it.pieces_of(line)).sum();
        }
    }

    /// The order's target follows what came back of it.
    fn order_follows(&mut self, order: &OrderSnapshot) {
        let Ok(mapped) = map_order(order, &self.rules) else {
            return;
        };
        let difference = self.ledger.order(&mapped);
        if !difference.is_empty() && mapped.recognition == Recognition::Recognised {
            let (date, rows) = (
                mapped.change_date,
                render::balances(&difference, order.currency),
            );
            self.text += &format!("\nPosted on {date}: the difference for the order\n\n{rows}");
        }
    }

    /// The targets of the refunds follow the order.
    fn refunds_follow(&mut self, order: &OrderSnapshot) {
        for index in 0..self.refunds.len() {
            let received = self.received(index, order);
            let Ok(mapped) = map_refund(&received, &self.rules) else {
                continue;
            };
            let number = received.refund.refund.0;
            let difference = self.ledger.refund(number, &mapped.journal);
            if !difference.is_empty() {
                let (date, rows) = (
                    mapped.change_date,
                    render::balances(&difference, order.currency),
                );
                self.text +=
                    &format!("\nPosted on {date}: the difference for refund {number}\n\n{rows}");
            }
        }
    }

    /// What order and refunds come to.
    fn left(&mut self, order: &OrderSnapshot) {
        let balances = self.ledger.balances();
        self.text += &match balances.is_empty() {
            true => "\nLeft: nothing, every account is back to zero.\n".to_owned(),
            false => format!(
                "\nLeft on the accounts\n\n{}",
                render::balances(&balances, order.currency)
            ),
        };
    }
}
