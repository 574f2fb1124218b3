"""What the checks say: a line for each, which `cargo xtask validate` makes its table of.

The fields stand between tabs: host, version, plugin, check, outcome (passed, failed, not run), and some words.
"""

import argparse
import traceback
from pathlib import Path

PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


class Report:
    """The lines of one host."""

    def __init__(self, host: str, version: str):
        self.host, self.version = host, version

    def line(self, plugin: str, check: str, outcome: str, words: str = "") -> None:
        words = " ".join(words.split())
        print("\t".join(["RESULT", self.host, self.version, plugin, check, outcome, words]), flush=True)

    def check(self, plugin: str, check: str, right: bool, words: str = "") -> None:
        self.line(plugin, check, PASSED if right else FAILED, words)

    def attempt(self, plugin: str, check: str, work) -> None:
        """Does a check that returns whether all is right, and words. What it raises is a failure."""
        try:
            right, words = work()
        except Exception as error:  # Whatever a host throws is what this is about.
            traceback.print_exc()
            right, words = False, f"{type(error).__name__}: {error}"
        self.check(plugin, check, right, words)

    def not_run(self, check: str, why: str) -> None:
        self.line("", check, NOT_RUN, why)


def arguments(about: str) -> argparse.Namespace:
    """What every script is told."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--bundles", type=Path, required=True, help="the folder of the bundles")
    parser.add_argument("--library", type=Path, required=True, help="the library in them")
    parser.add_argument("--sorl", type=Path, required=True, help="the sorl program")
    parser.add_argument("--score", type=Path, required=True, help="the five-minute beat")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is written")
    words = parser.parse_args()
    words.work.mkdir(parents=True, exist_ok=True)
    words.plugin = words.bundles / "Sorl.vst3"
    return words
