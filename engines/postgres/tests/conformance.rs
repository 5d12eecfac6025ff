//! The suites of every contract that the engine offers.

fn main() -> std::process::ExitCode {
    bedplate_conformance::harness::main(bedplate_engine_postgres::DRIVER)
}
