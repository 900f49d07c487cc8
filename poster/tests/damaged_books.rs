//! The books are damaged behind the poster: they are rebuilt from the stream by
//! themselves, and nothing is posted wrongly or twice.

mod support;

use support::*;

#[tokio::test]
async fn damaged_books_are_rebuilt_and_no_wrong_journal_is_sent() {
    let world = World::new().await;
    world.publish(sales(3)).await;
    let poster = world.start();
    world.posted(3).await;
    poster.stop().await.unwrap();

    let file = world.config.data_dir.join("poster").join("us.db");
    let change = |sql: &str| {
        let books = rusqlite::Connection::open(&file).unwrap();
        assert!(books.execute(sql, []).unwrap() > 0, "{sql}");
    };
    // The order has another target now, and the row is read for what is missing.
    change("UPDATE lifecycle SET lifecycle = replace(lifecycle, '1', '2')");
    let mut journals = 3;
    let mut edit = async |version: i64| {
        world
            .publish([mapped(Target {
                key: order_key(1),
                version,
                recognition: schemas::Recognition::Recognised,
                journal: journal(CLEARING, REVENUE, 5_000 + version),
            })])
            .await;
        let poster = world.start();
        journals += 1;
        world.posted(journals).await;
        poster.stop().await.unwrap();
        let balance = world.balances().await;
        let others: i64 = expected(3)[1..].iter().map(|(_, minor)| minor).sum();
        let expected = rust_decimal::Decimal::new(others + 5_000 + version, 2);
        assert_eq!(balance[CLEARING], expected, "{balance:?}");
    };
    edit(2).await;
    change("DELETE FROM lifecycle WHERE order_id = 1");
    edit(3).await;
    std::fs::write(&file, "no database").unwrap();
    edit(4).await;
    for number in 1..=3 {
        let aside = file.with_extension(format!("damaged-{number}"));
        assert!(aside.is_file(), "{}", aside.display());
    }
}
