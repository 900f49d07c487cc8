//! Files as their owners and readers find them.

use std::{fs, path::Path};

use rusqlite::Connection;
use sqlite::{
    Check, Layout, OpenError, OtherVersion, Settings, Synchronous, check, check_file, open,
    open_read_only, open_temporary, remove,
};

const FIRST: Layout = Layout {
    version: 1,
    schema: "CREATE TABLE item (name TEXT NOT NULL) STRICT;
             CREATE VIEW items AS SELECT name FROM item;",
    other: OtherVersion::Emptied,
};
const SECOND: Layout = Layout {
    version: 2,
    schema: "CREATE TABLE thing (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;",
    other: OtherVersion::Emptied,
};

fn put(connection: &Connection, name: &str) {
    let sql = "INSERT INTO item VALUES (?1)";
    connection.execute(sql, [name]).unwrap();
}

fn count(connection: &Connection, table: &str) -> usize {
    let sql = format!("SELECT count(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

fn pragma(connection: &Connection, name: &str) -> String {
    let value =
        connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
    match value.unwrap() {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_made_with_its_folder_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a/b/items.db");
    let settings = Settings::default();
    put(&open(&file, &settings, &FIRST).unwrap(), "kept");
    let again = open(&file, &settings, &FIRST).unwrap();
    assert_eq!(count(&again, "items"), 1);
}

#[test]
fn the_settings_are_those_of_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("items.db");
    let settings = Settings {
        synchronous: Synchronous::Normal,
        cache_kib: Some(4096),
        checkpoint_pages: Some(77),
        ..Settings::default()
    };
    let connection = open(&file, &settings, &FIRST).unwrap();
    let is = |name, value: &str| assert_eq!(pragma(&connection, name), value, "{name}");
    is("journal_mode", "wal");
    is("synchronous", "1");
    is("cache_size", "-4096");
    is("wal_autocheckpoint", "77");
    is("busy_timeout", "10000");
    let full = open(&folder.path().join("b.db"), &Settings::default(), &FIRST).unwrap();
    assert_eq!(pragma(&full, "synchronous"), "2");
}

#[test]
fn a_file_of_another_version_is_emptied_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("items.db");
    let settings = Settings::default();
    put(&open(&file, &settings, &FIRST).unwrap(), "old");
    let refusing = Layout {
        other: OtherVersion::Refused,
        ..SECOND
    };
    let refused = open(&file, &settings, &refusing).unwrap_err();
    let OpenError::Version {
        found: 1,
        expected: 2,
        ..
    } = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(count(&open(&file, &settings, &FIRST).unwrap(), "item"), 1);
    let emptied = open(&file, &settings, &SECOND).unwrap();
    assert_eq!(count(&emptied, "thing"), 0);
    assert!(emptied.prepare("SELECT * FROM item").is_err());
    // One that SQLite keeps a table of its own in is emptied, too.
    emptied
        .execute("INSERT INTO thing DEFAULT VALUES", [])
        .unwrap();
    drop(emptied);
    assert_eq!(count(&open(&file, &settings, &FIRST).unwrap(), "item"), 0);
}

#[test]
fn a_file_from_before_there_were_versions_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("items.db");
    let unnumbered = Layout {
        version: 0,
        other: OtherVersion::Refused,
        ..FIRST
    };
    let old = Connection::open(&file).unwrap();
    old.execute_batch(FIRST.schema).unwrap();
    put(&old, "kept");
    drop(old);
    let settings = Settings::default();
    let connection = open(&file, &settings, &unnumbered).unwrap();
    assert_eq!(count(&connection, "item"), 1);
    let new = open(&folder.path().join("new.db"), &settings, &unnumbered).unwrap();
    assert_eq!(count(&new, "item"), 0);
}

#[test]
fn a_reader_reads_what_the_owner_wrote_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("items.db");
    let settings = Settings::default();
    let read = |version| open_read_only(&file, &settings, version);
    assert!(matches!(read(1), Err(OpenError::Missing { .. })));
    let owner = open(&file, &settings, &FIRST).unwrap();
    let reader = read(1).unwrap();
    put(&owner, "new");
    assert_eq!(count(&reader, "item"), 1);
    reader.execute("DELETE FROM item", []).unwrap_err();
    assert!(matches!(read(2), Err(OpenError::Version { found: 1, .. })));
}

#[test]
fn damage_is_found_and_a_damaged_file_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("items.db");
    let settings = Settings::default();
    let connection = open(&file, &settings, &FIRST).unwrap();
    let transaction = connection.unchecked_transaction().unwrap();
    for _ in 0..2000 {
        put(&transaction, "some text that fills the pages of the file");
    }
    transaction.commit().unwrap();
    for how in [Check::Quick, Check::Full] {
        check(&connection, how).unwrap();
    }
    drop(connection);
    check_file(&file).unwrap();
    overwrite(&file, 3 * 4096);
    assert!(check_file(&file).unwrap_err().is_damaged());
    let connection = open(&file, &settings, &FIRST).unwrap();
    let found = check(&connection, Check::Quick).unwrap_err();
    assert!(found.is_damaged(), "{found:?}");
    drop(connection);

    fs::write(
        &file,
        "this is no database, and long enough to be seen as none",
    )
    .unwrap();
    let none = open(&file, &settings, &FIRST).unwrap_err();
    assert!(none.is_damaged(), "{none:?}");
    remove(&file).unwrap();
    assert_eq!(count(&open(&file, &settings, &FIRST).unwrap(), "item"), 0);
    remove(&folder.path().join("never there")).unwrap();
}

/// Writes over a page of a file.
fn overwrite(file: &Path, from: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[from..from + 4096].fill(0xff);
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let below = file.path().join("below/items.db");
    let error = open(&below, &Settings::default(), &FIRST).unwrap_err();
    assert!(error.to_string().contains("below"), "{error}");
    assert!(!error.is_damaged());
}

#[test]
fn a_temporary_file_has_its_tables() {
    let connection = open_temporary(1024, FIRST.schema).unwrap();
    put(&connection, "gone tomorrow");
    assert_eq!(count(&connection, "item"), 1);
}
