//! `maillab completions`: what a shell needs to complete this command line, made from the command line itself.

use clap_complete::Shell;

use super::{CliError, Outcome, Output, command_line};

/// What stands at the end of `maillab completions --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab completions bash > maillab.bash          then `source maillab.bash`
  maillab completions zsh > _maillab               into a folder of $fpath
  maillab completions fish > maillab.fish          into ~/.config/fish/completions
  maillab completions powershell > maillab.ps1     then `. ./maillab.ps1`";

/// The arguments of `maillab completions`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Prints the completions of a shell.
///
/// # Errors
/// An output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line(), "maillab", &mut script);
    output.data(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Fine)
}
