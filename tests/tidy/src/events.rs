//! The kinds of events, who writes and who reads them, as the contract's generated
//! documents say.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::Workspace;

/// All kinds, from the names of their schemas: `order.received`.
///
/// # Panics
///
/// If the folder of schemas cannot be read.
pub fn kinds(workspace: &Workspace) -> BTreeSet<String> {
    let folder = workspace.root.join("schemas/json");
    let files = std::fs::read_dir(folder).expect("schemas/json can be read");
    let mut kinds = BTreeSet::new();
    for file in files {
        let file = file.expect("schemas/json can be read").file_name();
        let name = file.into_string().expect("our paths are UTF-8");
        let parts: Vec<&str> = name.split('.').collect();
        if let [thing, happened, _version, "json"] = parts[..] {
            kinds.insert(format!("{thing}.{happened}"));
        }
    }
    kinds
}

/// What a service does with events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It writes them.
    Send,
    /// It acts upon them.
    Receive,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Action::Send => "send",
            Action::Receive => "receive",
        }
    }
}

/// By service: the kinds that `docs/asyncapi.yaml` says it writes or reads.
///
/// # Panics
///
/// If the document is not as its generator writes it.
pub fn by_service(workspace: &Workspace, action: Action) -> BTreeMap<String, BTreeSet<String>> {
    let text = workspace.text("docs/asyncapi.yaml");
    let document: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).expect("it is YAML");
    let operations = document["operations"].as_mapping();
    let operations = operations.expect("it has operations").values();
    let mut services: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations.filter(|it| it["action"] == action.as_str()) {
        let channel = operation["channel"]["$ref"]
            .as_str()
            .expect("it names a channel");
        let channel = channel.trim_start_matches("#/channels/");
        let address = document["channels"][channel]["address"].as_str();
        let address = address.unwrap_or_else(|| panic!("channel {channel} has no address"));
        let kind: Vec<&str> = address.split('.').take(2).collect();
        let service = operation["tags"][0]["name"].as_str();
        let service = service.expect("it names its service").to_owned();
        services.entry(service).or_default().insert(kind.join("."));
    }
    services
}
