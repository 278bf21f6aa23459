//! The binary: parse, run, print the error, exit code.

use std::process::ExitCode;

use maillab::cli::{self, CliError, Output};

fn main() -> ExitCode {
    let mut output = Output::to_terminal();
    let outcome = cli::run(std::env::args_os(), &mut output).and_then(|outcome| {
        output.flush()?;
        Ok(outcome)
    });
    match outcome {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        // Whoever read the output has seen enough.
        Err(CliError::ClosedPipe) => ExitCode::SUCCESS,
        Err(error) => {
            output.talk(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}
