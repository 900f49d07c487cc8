//! The mapper as a process of its own.

fn main() -> std::process::ExitCode {
    service::main(&mapper::SERVICE)
}
