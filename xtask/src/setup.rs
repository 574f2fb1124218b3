//! Seeing to the system packages before anything is built: nothing is installed in silence.

use crate::apt::{self, Right};
use crate::needs::Need;
use crate::probe::{self, Prober};
use crate::{Result, dpkg};

/// Makes sure that everything in `lists` is there.
///
/// What is missing is printed. Where this user may install packages, they are installed, in the
/// open; elsewhere the error is the one line to type. On macOS and Windows there is nothing to do:
/// the system brings what Sorl needs.
pub fn ensure(lists: &[&[Need]]) -> Result {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let missing = missing(lists);
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!(
        "Sorl needs what this system does not have yet:\n\n{}",
        table(&missing)
    );
    if !apt::is_there() {
        return Err(
            "install these with your system's package manager, then run this command again."
                .to_owned(),
        );
    }

    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    match apt::right() {
        Right::None => Err(format!(
            "type this line, then run this command again:\n\n    {}\n",
            apt::line_to_type(&packages)
        )),
        right => {
            eprintln!("Installing these with apt-get.");
            apt::install(right, &packages).map_err(|message| {
                format!(
                    "{message}\nThe packages were not installed. The line to type:\n\n    {}\n",
                    apt::line_to_type(&packages)
                )
            })?;
            still_missing(lists)
        }
    }
}

/// What neither lies on the system nor is an installed package.
fn missing<'a>(lists: &[&'a [Need]]) -> Vec<&'a Need> {
    let prober = Prober::new();
    let unseen: Vec<&Need> = lists
        .iter()
        .flat_map(|list| list.iter())
        .filter(|need| !prober.finds(need.probe))
        .collect();
    let names: Vec<&str> = unseen.iter().map(|need| need.package).collect();
    // dpkg may know better (development files need `pkg-config` to be seen); with nothing to ask
    // for, it would list every package.
    let installed = if names.is_empty() {
        Default::default()
    } else {
        dpkg::installed(&names)
    };
    unseen
        .into_iter()
        .filter(|need| !installed.contains(need.package))
        .collect()
}

fn still_missing(lists: &[&[Need]]) -> Result {
    let missing = missing(lists);
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "apt-get succeeded, but these are still not there:\n\n{}",
        table(&missing)
    ))
}

fn table(needs: &[&Need]) -> String {
    let width = needs
        .iter()
        .map(|need| need.package.len())
        .max()
        .unwrap_or(0);
    needs
        .iter()
        .map(|need| {
            let what = probe::describe(need.probe);
            format!("  {:width$}  {} ({what})\n", need.package, need.purpose)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs::{BUILD, Probe};

    #[test]
    fn the_table_names_package_purpose_and_what_to_look_for() {
        let rows: Vec<&Need> = BUILD.iter().collect();
        let table = table(&rows);
        assert_eq!(table.lines().count(), BUILD.len());
        let row = table
            .lines()
            .find(|l| l.contains("libasound2-dev"))
            .unwrap();
        assert!(row.contains("ALSA"));
        assert!(table.contains("`alsa` (pkg-config)"));
    }

    #[test]
    fn a_program_that_nobody_has_is_missing() {
        let list = [Need {
            package: "sorl-no-such-package",
            probe: Probe::Program("sorl-no-such-program"),
            purpose: "nothing",
        }];
        assert_eq!(missing(&[&list]).len(), 1);
    }
}
