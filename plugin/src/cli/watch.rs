//! `--watch`: any text editor as the score pane.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sorl_plugin::desk::Desk;

use super::ScoreFile;

/// An editor may be half-way through saving: a change counts when it is the same a moment later.
const SETTLE: Duration = Duration::from_millis(30);

/// A score file that is looked at now and then.
pub struct Watch {
    score: ScoreFile,
    /// Whether it could be read the last time; said once each way.
    readable: bool,
}

impl Watch {
    /// Watches a score that was evaluated as it is.
    pub fn new(score: ScoreFile) -> Watch {
        Watch {
            score,
            readable: true,
        }
    }

    /// Evaluates the score if it was saved since. With an error the sound goes on as it was.
    pub fn look(&mut self, desk: &Arc<Desk>) {
        let Some(fresh) = self.read() else { return };
        if fresh.text() == self.score.text() {
            return;
        }
        thread::sleep(SETTLE);
        // Still being written: the next look finds it whole.
        if self.read().is_none_or(|again| again.text() != fresh.text()) {
            return;
        }
        self.score = fresh;
        match desk.evaluate(self.score.text()) {
            Ok(()) => eprintln!("{}", self.score.contents(desk.session().patch())),
            Err(diagnostics) => {
                self.score.tell(&diagnostics);
                eprintln!("what sounded before goes on");
            }
        }
    }

    fn read(&mut self) -> Option<ScoreFile> {
        match ScoreFile::read(self.score.path()) {
            Ok(score) => {
                self.readable = true;
                Some(score)
            }
            Err(error) => {
                if self.readable {
                    eprintln!("{error}; what sounded before goes on");
                    self.readable = false;
                }
                None
            }
        }
    }
}
