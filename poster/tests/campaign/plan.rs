//! What is to happen in a run, and when.

use std::time::Duration;

use schemas::Event;
use serde_json::{Value, json};

use crate::{
    dice::Dice,
    shop::{Expected, Shop},
};

/// Something that happens outside of the poster.
#[derive(Debug, Clone)]
pub enum Action {
    /// An order or a refund gets another target.
    Mapped(Box<Event>),
    /// The stand-in is told something: its admin path and the body.
    Admin(&'static str, Value),
    ClearFaults,
}

/// A run's outside.
pub struct Plan {
    /// By time since the start, in order.
    pub actions: Vec<(Duration, Action)>,
    pub shop: Shop,
    /// No more than one refusal without a word: twice in a row, a journal that is
    /// alone is given up, and rightly so.
    silent_refusals: u32,
}

/// How long the outside is busy.
const HOUR: u64 = 3600;

impl Plan {
    pub fn of(dice: &mut Dice, period: &str) -> Plan {
        let mut plan = Plan {
            actions: Vec::new(),
            shop: Shop::new(3 + dice.below(25)),
            silent_refusals: 0,
        };
        let mut at = Duration::ZERO;
        for _ in 0..3 + dice.below(35) {
            at += dice.seconds_below(HOUR / 20);
            for event in plan.shop.happen(dice) {
                plan.actions.push((at, Action::Mapped(Box::new(event))));
            }
        }
        for _ in 0..dice.below(7) {
            let at = dice.seconds_below(HOUR);
            let fault = plan.fault(dice);
            plan.actions.push((at, Action::Admin("faults", fault)));
        }
        if dice.one_in(4) {
            plan.outage(dice);
        }
        if dice.one_in(4) {
            plan.closing(dice, period);
        }
        plan.actions.sort_by_key(|(at, _)| *at);
        plan
    }

    /// The targets' sum.
    pub fn expected(&self) -> std::collections::BTreeMap<u64, Expected> {
        self.shop.expected()
    }

    fn fault(&mut self, dice: &mut Dice) -> Value {
        let call = dice.one_of(&[
            "token",
            "upload",
            "load",
            "load",
            "import",
            "import",
            "status",
            "details",
            "journalBatches",
            "lov",
            "scheduler",
        ]);
        let mut fault = match dice.below(13) {
            0..=2 => json!({"operation": call, "lose_answer": true}),
            3 => json!({"operation": call, "down": true}),
            4 => json!({"operation": call, "refuse": dice.one_of(&[500, 502, 503])}),
            5 => json!({"operation": call, "throttle": true, "retry_after": dice.below(60)}),
            6 => json!({"operation": call, "expire_token": true}),
            // Longer than the client's patience: given up, and done all the same.
            7 if dice.one_in(3) => json!({"operation": call, "delay_ms": 700}),
            8 => json!({"operation": dice.one_of(&["load", "import"]), "reqst_id_minus_one": true}),
            9 => {
                json!({"operation": dice.one_of(&["load", "import"]), "queue_ms": dice.below(900_000)})
            }
            10 if self.silent_refusals == 0 => {
                self.silent_refusals += 1;
                json!({"import_child_warning": true})
            }
            _ => json!({"hide_batches_ms": dice.below(240_000)}),
        };
        let is_once = fault.get("import_child_warning").is_some();
        fault["times"] = json!(if is_once { 1 } else { 1 + dice.below(3) });
        fault["after"] = json!(dice.below(4));
        fault
    }

    /// Fusion is away for up to some hours.
    fn outage(&mut self, dice: &mut Dice) {
        let begin = dice.seconds_below(HOUR);
        let end = begin + dice.seconds_below(4 * HOUR);
        let down = json!({"operation": "any", "down": true});
        self.actions.push((begin, Action::Admin("faults", down)));
        self.actions.push((end, Action::ClearFaults));
    }

    /// The period is closed, and opened again later: what falls between goes into
    /// the next one.
    fn closing(&mut self, dice: &mut Dice, period: &str) {
        let begin = dice.seconds_below(HOUR);
        let end = begin + dice.seconds_below(HOUR);
        let status = |status: &str| json!({"period": period, "status": status});
        self.actions
            .push((begin, Action::Admin("periods", status("C"))));
        self.actions
            .push((end, Action::Admin("periods", status("O"))));
    }
}
