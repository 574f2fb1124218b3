//! The table of `cargo xtask validate`: what hosts that are not ours say of the plugins.

use std::fmt::Write as _;

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// The host is not there, or cannot do this.
    NotRun,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "FAILED",
            Outcome::NotRun => "not run",
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub host: String,
    pub version: String,
    pub plugin: String,
    pub check: String,
    pub outcome: Outcome,
    /// What was found.
    pub words: String,
}

impl Row {
    /// Reads a line as the scripts write it; others, which hosts write, are none.
    pub fn read(line: &str) -> Option<Row> {
        let mut fields = line
            .strip_prefix("RESULT\t")?
            .split('\t')
            .map(str::to_owned);
        let mut next = || fields.next();
        let (host, version, plugin, check) = (next()?, next()?, next()?, next()?);
        let outcome = match &*next()? {
            "passed" => Outcome::Passed,
            "not run" => Outcome::NotRun,
            _ => Outcome::Failed,
        };
        Some(Row {
            host,
            version,
            plugin,
            check,
            outcome,
            words: next().unwrap_or_default(),
        })
    }

    /// A failure that no script could report.
    pub fn failed(host: &str, check: &str, words: &str) -> Row {
        Row {
            host: host.to_owned(),
            version: String::new(),
            plugin: String::new(),
            check: check.to_owned(),
            outcome: Outcome::Failed,
            words: words.to_owned(),
        }
    }
}

/// The table for a terminal.
pub fn table(rows: &[Row]) -> String {
    let columns = |row: &Row| {
        let host = format!("{} {}", row.host, row.version);
        [
            host.trim().to_owned(),
            row.plugin.clone(),
            row.check.clone(),
        ]
    };
    let mut widths = [0; 3];
    for row in rows {
        for (width, text) in widths.iter_mut().zip(columns(row)) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        for (column, width) in columns(row).iter().zip(widths) {
            let _ = write!(text, "{column:width$}  ");
        }
        let _ = writeln!(text, "{:7}  {}", row.outcome.word(), row.words);
    }
    text
}

/// The table as a page.
pub fn page(rows: &[Row]) -> String {
    let mut text = String::from(
        "# Hosts\n\n\
         What hosts and validators that are not ours say of the plugins, on Linux. `cargo xtask validate` writes this \
         page; what could not be run where it ran is listed as not run.\n\n\
         | host | version | plugin | check | | |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let cell = |text: &str| text.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            cell(&row.host),
            cell(&row.version),
            cell(&row.plugin),
            cell(&row.check),
            row.outcome.word(),
            cell(&row.words),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_becomes_a_row_and_a_line_of_the_page() {
        let row = Row::read("RESULT\tDAW\t1.2\tSorl\tplays\tpassed\ta|b").unwrap();
        assert_eq!((&*row.host, row.outcome), ("DAW", Outcome::Passed));
        assert_eq!(Row::read("said by a host"), None);
        assert_eq!(Row::read("RESULT\tDAW\t1.2"), None);
        let other = Row::read("RESULT\tDAW\t\t\tx\tnot run\twhy").unwrap();
        assert_eq!(other.outcome, Outcome::NotRun);
        let odd = Row::read("RESULT\tDAW\t\t\tx\tperhaps\t").unwrap();
        assert_eq!(
            odd.outcome,
            Outcome::Failed,
            "what is not understood is no success"
        );
        assert!(
            page(std::slice::from_ref(&row))
                .ends_with("| DAW | 1.2 | Sorl | plays | passed | a\\|b |\n")
        );
        let table = table(&[row, other, Row::failed("x", "y", "z")]);
        assert_eq!(table.lines().count(), 3);
        assert!(table.contains("FAILED") && table.contains("not run"));
    }
}
