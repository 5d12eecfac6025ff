//! The suites of the cache and the bus contract on memory.
fn main() -> std::process::ExitCode {
    bedplate_conformance::harness::main(bedplate_engine_memory::DRIVER)
}
