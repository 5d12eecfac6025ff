//! The conformance suite, on mysql.

fn main() -> std::process::ExitCode {
    bedplate_conformance::harness::main(bedplate_engine_mysql::DRIVER)
}
