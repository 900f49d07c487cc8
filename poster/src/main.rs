//! The poster as a process of its own.

fn main() -> std::process::ExitCode {
    service::main(&poster::SERVICE)
}
