"""Programs that look at plugins: qtractor's scanner, and clap-validator where it is."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import report


def main() -> int:
    words = report.arguments(__doc__)
    qtractor(words)
    clap_validator(words)
    return 0


def qtractor(words) -> None:
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "qtractor"], capture_output=True, text=True)
    out = report.Report("qtractor", found.stdout.strip())
    places = sorted(Path("/usr/lib").glob("*/qtractor/qtractor_plugin_scan"))
    if not places:
        out.not_run("its scanner", "it is not there: install qtractor")
        return
    scanner = places[0]

    def clap():
        said = scan(scanner, f"CLAP:{words.bundles / 'Sorl.clap'}")
        # Name, audio in:out, MIDI in:out, then parameters.
        wanted = {"Sorl": 0, "Sorl FX": 2}
        heard = {line.split("|")[1]: line.split("|") for line in said.splitlines() if line.startswith("CLAP|")}
        names = set(heard) == set(wanted)
        inputs = names and all(int(heard[n][2].split(":")[0]) >= least for n, least in wanted.items())
        outputs = names and all(int(fields[2].split(":")[1]) >= 2 for fields in heard.values())
        return names and inputs and outputs, "; ".join("|".join(f[1:5]) for f in heard.values()) or "nothing found"

    out.attempt("Sorl and Sorl FX (CLAP)", "its scanner", clap)
    # Not every build can: Debian's has no VST3.
    if b"VST3|" not in scanner.read_bytes():
        out.not_run("its scanner on VST3", "this build of qtractor has no VST3")
        return

    def vst3():
        said = scan(scanner, f"VST3:{words.plugin}")
        names = {line.split("|")[1] for line in said.splitlines() if line.startswith("VST3|")}
        return names == {"Sorl", "Sorl FX"}, f"found {sorted(names)}"

    out.attempt("Sorl and Sorl FX (VST3)", "its scanner", vst3)


def scan(scanner: Path, line: str) -> str:
    done = subprocess.run([str(scanner)], input=line + "\n", capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"the scanner ended with {done.returncode}: {done.stderr[-300:]}")
    return done.stdout


def clap_validator(words) -> None:
    program = shutil.which("clap-validator")
    if program is None:
        report.Report("clap-validator", "").not_run("everything", "it is not on the PATH")
        return
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split()
    out = report.Report("clap-validator", version[-1] if version else "")

    def validate():
        done = subprocess.run([program, "validate", str(words.bundles / "Sorl.clap")], capture_output=True, text=True,
                              timeout=900)
        summary = re.findall(r"\d+ tests? run.*", done.stdout)
        return done.returncode == 0, summary[-1] if summary else (done.stdout + done.stderr)[-300:]

    out.attempt("Sorl and Sorl FX (CLAP)", "all its tests", validate)


if __name__ == "__main__":
    sys.exit(main())
