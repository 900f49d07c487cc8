//! Generated stories.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::world::{Act, What, Which, World};

const CASES: u32 = 100;
const LONGEST: usize = 40;

#[test]
fn books_and_views_agree_after_each_event_of_any_story() {
    let cases = std::env::var("COUNTERFOIL_LIFECYCLE_CASES");
    let config = Config {
        cases: cases.map_or(CASES, |text| text.parse().expect("a number")),
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..Config::default()
    };
    let story = proptest::collection::vec(act(), 1..LONGEST);
    let told = TestRunner::new(config).run(&story, |acts| {
        let mut world = World::new();
        let mut told = acts.iter().map(|act| world.act(act));
        told.find(Result::is_err)
            .unwrap_or(Ok(()))
            .map_err(TestCaseError::fail)
    });
    if let Err(error) = told {
        panic!("{error}");
    }
}

fn act() -> impl Strategy<Value = Act> {
    let order = 1..=2u64;
    let step = prop_oneof![5 => Just(1i64), 1 => Just(0), 1 => -2..=2i64];
    let what = prop_oneof![
        6 => (1..4i64).prop_map(What::Counts),
        1 => Just(What::Nothing),
        2 => Just(What::Out),
        2 => Just(What::Hold),
        1 => Just(What::Parked),
        1 => Just(What::Unmapped),
        1 => Just(What::Unreadable),
    ];
    let refund = (order.clone(), 1..=2u64, step.clone(), 1..3i64, 0..6u8);
    let us = prop_oneof![5 => Just(true), 1 => Just(false)];
    let some = prop_oneof![2 => Just(None), 1 => Just(Some(1)), 1 => Just(Some(2))];
    let concerned = (us.clone(), order.clone(), some);
    let which = prop_oneof![Just(Which::Code), Just(Which::Journal), Just(Which::Entity)];
    prop_oneof![
        8 => (order, step, what, us.clone()).prop_map(|(order, step, what, us)| Act::Order { order, step, what, us }),
        3 => refund.prop_map(|(order, refund, step, minor, declined)| Act::Refund {
            order, refund, step, minor, is_declined: declined == 0
        }),
        6 => (us.clone(), 1..4usize).prop_map(|(us, most)| Act::Gather { us, most }),
        1 => us.clone().prop_map(|us| Act::Unsendable { us }),
        5 => us.clone().prop_map(|us| Act::Import { us }),
        6 => us.clone().prop_map(|us| Act::Post { us }),
        2 => us.clone().prop_map(|us| Act::Refuse { us }),
        2 => us.clone().prop_map(|us| Act::Abandon { us }),
        1 => (concerned.clone(), any::<bool>()).prop_map(|((us, order, refund), whole)| Act::Hold { us, order, refund, whole }),
        1 => (concerned.clone(), any::<bool>()).prop_map(|((us, order, refund), whole)| Act::Release { us, order, refund, whole }),
        2 => (concerned, which, any::<bool>()).prop_map(|((us, order, refund), which, by_poster)| Act::Retry { us, order, refund, which, by_poster }),
        2 => (1..8usize).prop_map(|back| Act::Copy { back }),
    ]
}
