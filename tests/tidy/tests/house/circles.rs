//! Files of a crate do not use one another in a circle. What "use" is here says
//! `tidy::modules`.

use tidy::{
    findings::{Finding, settle},
    modules::{Modules, circles, uses},
    workspace::Workspace,
};

#[test]
fn no_files_use_one_another_in_a_circle() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for member in workspace.product() {
        let modules = Modules::read(&workspace, member);
        let uses = uses(&modules);
        for circle in circles(&uses) {
            for file in &circle {
                let used: Vec<&str> = uses[file].intersection(&circle).copied().collect();
                let text = format!("{file} is in a circle by its use of {}", used.join(", "));
                findings.push(Finding::new(*file, text));
            }
        }
    }
    settle(
        "circles",
        "move what they share to a file of its own that uses neither, or hand it in as an argument",
        &findings,
    );
}
