//! Everything that is automated about this repository: `cargo xtask --help`.

mod apt;
mod bench;
mod cargo;
mod command;
mod counts;
mod docs;
mod new_engine;
mod os;
mod packages;
mod report;
mod root;
mod test;
mod tidy;

use std::process::ExitCode;

use command::Failure;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match command::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(1)
        }
        Err(Failure::Reported) => ExitCode::from(1),
        Err(Failure::Usage(message)) => {
            eprintln!("error: {message}\nhelp: `cargo xtask --help` lists what there is");
            ExitCode::from(2)
        }
    }
}
