//! Ingest as a process of its own.

fn main() -> std::process::ExitCode {
    service::main(&ingest::SERVICE)
}
