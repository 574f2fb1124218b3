"""Checks that a host on the other side of VST3 hears the five-minute beat.

`cargo xtask validate` runs this. It prints a table and fails if anything in it is wrong.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np

import host
import listen
import vst3
import wav

SECONDS = 15.0
# Tempo and blocks: a host's tempo need not be the score's, and its blocks are of any size.
RUNS = {128.0: [512, 333], 96.0: [512]}
# Half a step of 24 bits: below what any file or converter keeps.
SAME = 2.0**-24


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plugin", type=Path, required=True, help="the VST3 bundle")
    parser.add_argument("--library", type=Path, required=True, help="the library in it")
    parser.add_argument("--sorl", type=Path, required=True, help="the sorl program")
    parser.add_argument("--score", type=Path, required=True, help="the five-minute beat")
    parser.add_argument("--work", type=Path, required=True, help="a folder for what is written")
    words = parser.parse_args()
    words.work.mkdir(parents=True, exist_ok=True)

    names = vst3.classes(words.library)
    print(f"{words.plugin} holds {' and '.join(name for name, _ in names)}.")
    plugin = host.Plugin(words.plugin, names[0][1], words.work)

    print(f"\n{'tempo':>5} {'block':>5} {'drum':>5} {'heard':>7} {'extra':>5} "
          f"{'off the beat':>12} {'rise':>8}   from sorl render")
    wrong = []
    for tempo, blocks in RUNS.items():
        expected = render(words, tempo)
        for block in blocks:
            wrong += check(plugin, words, tempo, block, expected)
    for line in wrong:
        print(f"wrong: {line}", file=sys.stderr)
    print("\nThe host does not hear the beat." if wrong else "\nThe host hears the beat.")
    return 1 if wrong else 0


def render(words: argparse.Namespace, tempo: float) -> np.ndarray:
    """What `sorl render` writes of the score at a tempo."""
    file = words.work / f"render-{tempo:g}.wav"
    command = [words.sorl, "render", words.score, "-o", file, "--seconds", str(SECONDS),
               "--rate", str(host.RATE), "--tempo", f"{tempo:g}"]
    result = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"sorl render failed:\n{result.stderr}")
    sound, rate = wav.read(file)
    if rate != host.RATE:
        sys.exit(f"sorl render wrote {rate} Hz, not the {host.RATE} Hz that it was told")
    return sound


def check(plugin: host.Plugin, words: argparse.Namespace, tempo: float, block: int,
          expected: np.ndarray) -> list[str]:
    """One render in the host: prints its rows, and says what is wrong with it."""
    score = words.score.read_text(encoding="utf-8")
    sound = plugin.render(score, tempo, SECONDS, block)
    np.save(words.work / f"host-{tempo:g}-{block}.npy", sound)
    distance, what = compare(sound, expected)

    where = f"at {tempo:g} bpm with blocks of {block}"
    wrong = [] if distance <= SAME else [f"{where}, the host's sound is not that of sorl render"]
    for drum in (listen.KICK, listen.HAT):
        heard = listen.hear(sound, host.RATE, drum, tempo)
        print(f"{tempo:5g} {block:5} {drum.name:>5} {heard.found:3}/{heard.expected:<3} "
              f"{heard.extra:5} {heard.worst * 1000:9.1f} ms {heard.rise:5.1f} dB   {what}")
        if not heard.is_right(drum):
            wrong.append(f"{where}, the {drum.name} is not where the score puts it")
    return wrong


def compare(sound: np.ndarray, other: np.ndarray) -> tuple[float, str]:
    """How far two sounds are apart at most, and that in words."""
    if sound.shape != other.shape:
        return np.inf, f"{sound.shape} frames, not {other.shape}"
    distance = float(np.abs(sound - other).max())
    if distance == 0:
        return distance, "the same samples"
    if distance <= SAME:
        return distance, f"at most {distance:.1e}"
    first = int(np.flatnonzero((np.abs(sound - other) > SAME).any(axis=0))[0])
    return distance, f"up to {distance:.1e}, from frame {first}"


if __name__ == "__main__":
    sys.exit(main())
