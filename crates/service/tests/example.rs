//! `counterfoil.example.toml` explains every key, with its true default, and
//! every key can be given by the environment under the name written beside it.

use std::{collections::BTreeMap, error::Error, path::Path, process::Command};

use service::config::Config;

/// What this test calls itself by, to read a configuration from the environment.
const CHILD: &str = "EXAMPLE_TEST_CHILD";

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(file);
    std::fs::read_to_string(path).unwrap()
}

fn example() -> String {
    read("counterfoil.example.toml")
}

/// The keys of the ways to sign in that the example does not choose: with them
/// it would contradict itself.
const OTHER_WAYS: [&str; 5] = ["user", "private_key", "certificate", "audience", "password"];

/// The example with every key that is behind `#` (and no space) in force, except
/// those of other ways to sign in.
fn with_every_key() -> String {
    let mut section = "";
    let text = with_every_line();
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split(" = ").next().unwrap_or_default();
        section != "[fusion]" || !OTHER_WAYS.contains(&key)
    });
    kept.map(|line| format!("{line}\n")).collect()
}

/// The same with all of them.
fn with_every_line() -> String {
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => key.to_owned(),
        _ => line.to_owned(),
    };
    example()
        .lines()
        .map(|line| uncomment(line) + "\n")
        .collect()
}

/// Every key and value of the text, by its path: `stores.us.hash`.
fn keys(text: &str) -> BTreeMap<String, toml::Value> {
    fn walk(prefix: &str, table: toml::Table, keys: &mut BTreeMap<String, toml::Value>) {
        for (key, value) in table {
            let path = format!("{prefix}{key}");
            match value {
                toml::Value::Table(table) => walk(&format!("{path}."), table, keys),
                value => drop(keys.insert(path, value)),
            }
        }
    }
    let mut keys = BTreeMap::new();
    walk("", text.parse().unwrap(), &mut keys);
    keys
}

fn variable(path: &str) -> String {
    format!("COUNTERFOIL__{}", path.replace('.', "__").to_uppercase())
}

fn message(error: &dyn Error) -> String {
    schemas::causes(error).to_string()
}

/// The keys that a table of the configuration knows, as its refusal of an
/// unknown one lists them.
fn known_keys(table: &str) -> Vec<String> {
    let mut root: toml::Table = with_every_key().parse().unwrap();
    let mut target = &mut root;
    for key in table.split('.').filter(|key| !key.is_empty()) {
        target = target[key].as_table_mut().unwrap();
    }
    target.insert("no_such_key".to_owned(), true.into());
    let refusal = message(&Config::from_toml(&root.to_string()).unwrap_err());
    let (_, expected) = refusal.split_once("expected").unwrap_or_else(|| {
        panic!("[{table}] does not say what it knows: {refusal}");
    });
    let (list, _) = expected.split_once(" for key").unwrap_or((expected, ""));
    list.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_example_is_a_usable_configuration() {
    Config::from_toml(&example()).unwrap();
}

#[test]
fn no_key_is_missing_from_the_example() {
    let written = keys(&with_every_line());
    let tables = [
        "",
        "seal",
        "stream",
        "ingest",
        "stores.us",
        "fusion",
        "ledgers.us",
        "poster",
        "admin",
        "telemetry",
    ];
    let mut missing = Vec::new();
    for table in tables {
        let known = known_keys(table);
        assert!(!known.is_empty(), "[{table}] knows {known:?}");
        for key in known {
            let path = if table.is_empty() {
                key
            } else {
                format!("{table}.{key}")
            };
            let is_table = written
                .keys()
                .any(|other| other.starts_with(&format!("{path}.")));
            if !written.contains_key(&path) && !is_table {
                missing.push(path);
            }
        }
    }
    assert!(missing.is_empty(), "not in the example: {missing:?}");
}

#[test]
fn the_variable_of_each_key_is_named_beside_it() {
    let text = example();
    // The second store and ledger repeat what the first explain.
    let repeats = |path: &str| path.starts_with("stores.eu.") || path.starts_with("ledgers.eu.");
    for path in keys(&with_every_line())
        .keys()
        .filter(|path| !repeats(path))
    {
        let name = format!("[{}]", variable(path));
        assert!(text.contains(&name), "{name} is not in the example");
    }
}

#[test]
fn a_value_behind_the_hash_is_the_default() {
    // What has no default but is optional, so that any value may be shown.
    let optional = [
        "seal.keys",
        "stream.user",
        "stream.password",
        "ingest.public_url",
        "ingest.start_at",
        "ledgers.us.id",
        "ledgers.us.account_segments",
        "ledgers.us.value_sets",
        "admin.hosts",
    ];
    let without: String = with_every_key()
        .lines()
        .scan(String::new(), |section, line| {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                *section = format!("{name}.");
            }
            let key = line.split(" = ").next().unwrap_or_default();
            let left_out = optional.contains(&format!("{section}{key}").as_str());
            Some(if left_out {
                String::new()
            } else {
                format!("{line}\n")
            })
        })
        .collect();
    let shown = Config::from_toml(&without).unwrap();
    let default = Config::from_toml(&example()).unwrap();
    assert_eq!(format!("{shown:#?}"), format!("{default:#?}"));
}

#[test]
fn the_example_has_the_keys_of_every_way_to_sign_in() {
    let signs_in = |way: &str, left_out: &[&str]| {
        let mut root: toml::Table = with_every_line().parse().unwrap();
        let fusion = root["fusion"].as_table_mut().unwrap();
        fusion.insert("sign_in".to_owned(), way.into());
        // The files that the example names are not there.
        for key in ["private_key", "certificate"] {
            fusion.insert(key.to_owned(), "in place".into());
        }
        fusion.retain(|key, _| !left_out.contains(&key));
        Config::from_toml(&root.to_string()).unwrap().fusion.sign_in
    };
    let with_audience = signs_in("jwt_assertion", &["password"]);
    let by_default = signs_in("jwt_assertion", &["password", "audience"]);
    assert_eq!(format!("{with_audience:?}"), format!("{by_default:?}"));
    let client = ["token_url", "client_id", "client_secret", "scope"];
    let assertion = ["private_key", "certificate", "audience"];
    signs_in("basic", &[client.as_slice(), &assertion].concat());
}

#[test]
fn the_environment_alone_says_the_same() {
    if std::env::var_os(CHILD).is_some() {
        println!("{:#?}", Config::from_toml("").unwrap());
        return;
    }
    let text = with_every_key();
    let variables = keys(&text).into_iter().map(|(path, value)| {
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Array(list) => {
                let texts: Vec<_> = list.iter().map(|item| item.as_str().unwrap()).collect();
                texts.join(",")
            }
            other => other.to_string(),
        };
        (variable(&path), value)
    });
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "the_environment_alone_says_the_same",
        ])
        .env(CHILD, "1")
        .envs(variables)
        .output()
        .unwrap();
    let printed = String::from_utf8(child.stdout).unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stderr)
    );
    let expected = format!("{:#?}", Config::from_toml(&text).unwrap());
    assert!(
        printed.contains(&expected),
        "from the file:\n{expected}\nfrom the environment:\n{printed}"
    );
}

#[test]
fn the_configuration_of_the_sandbox_is_usable() {
    Config::from_toml(&read("deploy/sandbox/counterfoil.toml")).unwrap();
}

/// A variable that names no key is an error only when the process starts: too
/// late for a file that nobody can try here.
#[test]
fn the_deployment_files_set_only_keys_that_exist() {
    let known: Vec<_> = keys(&with_every_line())
        .into_keys()
        .map(|path| variable(&path))
        .collect();
    for file in [
        "Dockerfile",
        "docker-compose.yml",
        "deploy/kubernetes/services.yaml",
    ] {
        let text = read(file);
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let variables: Vec<_> = text
            .split(|c| !is_name(c))
            .filter(|word| word.starts_with("COUNTERFOIL__"))
            .collect();
        assert!(!variables.is_empty(), "{file} sets nothing");
        for name in variables {
            assert!(
                known.iter().any(|key| key == name),
                "{file} sets {name}, which is no key"
            );
        }
    }
}
