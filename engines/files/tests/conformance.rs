//! The files engine against the suite of its contract.

fn main() -> std::process::ExitCode {
    bedplate_conformance::harness::main(bedplate_engine_files::DRIVER)
}
