//! Ctrl-C as a flag: long work looks at it between jobs, and what is finished is still printed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::lesson::Lesson;

/// The exit code of a program that Ctrl-C ended: 128 and the number of SIGINT.
const ENDED_BY_INTERRUPT: i32 = 130;

/// Whether somebody asked to stop.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// The flag of this process: raised by the first Ctrl-C (SIGINT; on Unix SIGTERM is left alone). The second
    /// one ends the process at once, for whoever does not want to wait for the job at hand.
    ///
    /// # Errors
    /// If the system lets nobody listen.
    pub fn watch() -> Result<Self, Lesson> {
        static FLAG: OnceLock<Interrupt> = OnceLock::new();
        if let Some(flag) = FLAG.get() {
            return Ok(flag.clone());
        }
        let flag = FLAG.get_or_init(Self::default).clone();
        let raised = flag.clone();
        let handler = move || {
            if raised.0.swap(true, Ordering::Relaxed) {
                std::process::exit(ENDED_BY_INTERRUPT);
            }
        };
        ctrlc::set_handler(handler)
            .map_err(|error| Lesson::new(format!("this system lets nobody listen for Ctrl-C: {error}")))?;
        Ok(flag)
    }

    /// A flag that nobody raises but [`Interrupt::raise`].
    #[must_use]
    pub fn quiet() -> Self {
        Self::default()
    }

    /// Asks to stop.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Takes the flag down: what was asked to stop has stopped.
    pub fn lower(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
