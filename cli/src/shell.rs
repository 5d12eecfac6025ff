//! The only printer: data to stdout, words to stderr, colour where it is wanted.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

use crate::exit::Failure;
use crate::table;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What a piece of text is, for its colour.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tone {
    /// A heading.
    Title,
    /// Something good.
    Good,
    /// Something bad.
    Bad,
    /// Something to look at.
    Warning,
    /// Something of less weight.
    Faint,
    /// A name.
    Name,
}

impl Tone {
    fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        match self {
            Self::Title => Style::new().bold(),
            Self::Good => color(AnsiColor::Green),
            Self::Bad => color(AnsiColor::Red).bold(),
            Self::Warning => color(AnsiColor::Yellow),
            Self::Faint => Style::new().dimmed(),
            Self::Name => color(AnsiColor::Cyan),
        }
    }
}

/// Where everything that people and programs read is printed.
pub(crate) struct Shell {
    out: AutoStream<std::io::Stdout>,
    err: AutoStream<std::io::Stderr>,
    quiet: bool,
    /// Why data could not be printed.
    lost: Option<std::io::Error>,
}

impl Shell {
    pub(crate) fn new(color: Color, quiet: bool) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            out: AutoStream::new(std::io::stdout(), choice),
            err: AutoStream::new(std::io::stderr(), choice),
            quiet,
            lost: None,
        }
    }

    /// Whether a person can be asked.
    pub(crate) fn is_interactive(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Whether colours are shown on stderr.
    pub(crate) fn colors_words(&self) -> bool {
        self.err.current_choice() != ColorChoice::Never
    }

    /// Prints data.
    pub(crate) fn data(&mut self, text: impl Display) {
        let written = writeln!(self.out, "{text}");
        self.note(written);
    }

    /// Prints data exactly as it is, without a line end.
    pub(crate) fn raw(&mut self, text: &str) {
        let written = self.out.write_all(text.as_bytes());
        self.note(written);
    }

    /// Whether all data was printed. A full disk is an error; a reader that has gone has read all it wanted.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let flushed = self.out.flush();
        self.note(flushed);
        match self.lost.take() {
            Some(error) => Err(Failure::new(format!("the output can't be written: {error}"))),
            None => Ok(()),
        }
    }

    fn note(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            self.lost.get_or_insert(error);
        }
    }

    /// Prints JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?;
        self.data(text);
        Ok(())
    }

    /// Prints a table with a heading line, its columns as wide as they need and the terminal allows.
    pub(crate) fn table(&mut self, heading: &[&str], rows: &[Vec<String>]) {
        // A program that reads it gets one line a row, however long.
        let width = std::io::stdout().is_terminal().then(terminal_width);
        let heading: Vec<String> = heading.iter().map(|word| paint(Tone::Title, word)).collect();
        let text = table::lay_out(&heading, rows, width);
        self.raw(&text);
    }

    /// Says something to the person.
    pub(crate) fn say(&mut self, text: impl Display) {
        if !self.quiet {
            let _ = writeln!(self.err, "{text}");
        }
    }

    /// Says that something went wrong; also when it is to be quiet.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        let _ = writeln!(self.err, "{}: {}", paint(Tone::Bad, "error"), failure.message);
        if let Some(help) = &failure.help {
            let _ = writeln!(self.err, "{}: {help}", paint(Tone::Name, "help"));
        }
    }

    /// Prints a problem that was rendered elsewhere; also when it is to be quiet.
    pub(crate) fn problem(&mut self, rendered: &str) {
        let _ = writeln!(self.err, "{}\n", rendered.trim_end());
    }

    /// Shows how far something long has come, on a terminal only; an empty text takes it away.
    pub(crate) fn progress(&mut self, text: &str) {
        if std::io::stderr().is_terminal() && !self.quiet {
            let _ = write!(self.err, "\r\x1b[2K{text}");
            let _ = self.err.flush();
        }
    }
}

/// Gives a text its colour; the stream takes it away where it isn't wanted.
pub(crate) fn paint(tone: Tone, text: impl Display) -> String {
    let style = tone.style();
    format!("{style}{text}{style:#}")
}

fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}
