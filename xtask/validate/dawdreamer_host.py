"""Sorl in DawDreamer, a JUCE host with a transport: the five-minute beat at several tempi and blocks, and the rest."""

import subprocess
import sys
from pathlib import Path

import numpy as np

import document
import juce_state
import listen
import report
import vst3
import wav

RATE = 48_000
SECONDS = 15.0
# Tempo and blocks: a host's tempo need not be the score's, and its blocks are of any size.
RUNS = {128.0: [512, 333], 96.0: [512]}
# Half a step of 24 bits: below what any file or converter keeps.
SAME = 2.0**-24
TONE = """
def tone():
    level = control("level", 0.1, 0, 1)
    return sine_osc(1000) * level

t = node("tone", tone)
macro(1, "tone/level", 0.1, 0.8)
"""
CLICK = """
def click():
    gate = control("gate", 0, 0, 1)
    return gate * 0.5

c = node("click", click)
c @ hit() * 4
"""


def main() -> int:
    words = report.arguments(__doc__)
    try:
        import dawdreamer
    except ImportError as error:
        report.Report("DawDreamer", "").not_run("everything", str(error))
        return 0
    from importlib.metadata import version

    out = report.Report("DawDreamer", version("dawdreamer"))
    host = Host(dawdreamer, words)
    for tempo, blocks in RUNS.items():
        for block in blocks:
            out.attempt("Sorl", f"the beat at {tempo:g} bpm in blocks of {block} is sorl render's",
                        lambda: host.beat(tempo, block))
    out.attempt("Sorl", "lists its parameters", host.parameters)
    out.attempt("Sorl", "plays MIDI notes at their frames", host.notes)
    out.attempt("Sorl", "follows an automated macro", host.automation)
    out.attempt("Sorl", "follows a tempo that changes", host.tempo_map)
    out.attempt("Sorl", "saves and restores", host.restores)
    # It opens the first plugin of a bundle and has no word for another.
    out.not_run("Sorl FX", "this host only opens the first plugin of a bundle; pedalboard opens both")
    return 0


class Host:
    """DawDreamer, and a folder for what it writes."""

    def __init__(self, dawdreamer, words):
        self.dawdreamer, self.words = dawdreamer, words
        self.classes = dict(vst3.classes(words.library))
        self.rendered: dict[float, np.ndarray] = {}

    def plugin(self, tempo, block: int, score: str | None = None):
        """An engine and a new instrument in it that holds a score."""
        engine = self.dawdreamer.RenderEngine(RATE, block)
        engine.set_bpm(tempo)
        instrument = engine.make_plugin_processor("sorl", str(self.words.plugin))
        if score is not None:
            self.load(instrument, document.with_score(self.state(instrument), score))
            if document.score_of(self.state(instrument)) != score:
                raise RuntimeError("the plugin did not take the score from the preset")
        return engine, instrument

    def load(self, instrument, state: bytes) -> None:
        # As a preset, because DawDreamer's `load_state` also opens the editor, which needs a display.
        file = self.words.work / "score.vstpreset"
        file.write_bytes(vst3.preset(self.classes["Sorl"], state))
        instrument.load_vst3_preset(str(file))

    def state(self, instrument) -> bytes:
        file = self.words.work / "saved.state"
        instrument.save_state(str(file))
        return juce_state.component(file.read_bytes())

    def hear(self, engine, instrument, seconds: float) -> np.ndarray:
        engine.load_graph([(instrument, [])])
        engine.render(seconds)
        # The main output is the first of nine pairs.
        return np.array(engine.get_audio())[:2]

    def render(self, tempo: float) -> np.ndarray:
        """What `sorl render` writes of the beat at a tempo."""
        if tempo not in self.rendered:
            file = self.words.work / f"render-{tempo:g}.wav"
            subprocess.run([str(self.words.sorl), "render", str(self.words.score), "-o", str(file), "--seconds",
                            str(SECONDS), "--rate", str(RATE), "--tempo", f"{tempo:g}"], check=True,
                           capture_output=True)
            self.rendered[tempo] = wav.read(Path(file))[0]
        return self.rendered[tempo]

    def beat(self, tempo: float, block: int):
        score = self.words.score.read_text(encoding="utf-8")
        sound = self.hear(*self.plugin(tempo, block, score), SECONDS)
        right, words = same(sound, self.render(tempo))
        for drum in (listen.KICK, listen.HAT):
            heard = listen.hear(sound, RATE, drum, tempo)
            right = right and heard.is_right(drum)
            words += f", {drum.name} {heard.found} of {heard.expected}"
        return right, words

    def parameters(self):
        _, instrument = self.plugin(120, 512)
        names = [one["name"] for one in instrument.get_parameters_description()]
        missing = [number for number in range(1, 65) if f"Macro {number}" not in names]
        return not missing, f"{len(names)} parameters" + (f", without macros {missing}" if missing else "")

    def notes(self):
        engine, instrument = self.plugin(120, 512, CLICK.replace("c @ hit() * 4", "").replace(
            "    gate =", "    freq = control(\"freq\", 220, 20, 8000)\n    gate ="))
        instrument.add_midi_note(69, 100, 0.5, 0.25)
        instrument.add_midi_note(60, 100, 1.0, 0.125)
        sound = self.hear(engine, instrument, 2.0)[0]
        edges = np.flatnonzero(np.diff(sound) != 0) + 1
        wanted = [24_000, 36_000, 48_000, 54_000]
        right = len(edges) == 4 and bool(np.all(np.abs(edges - wanted) <= 1))
        return right, f"edges at {edges[:6].tolist()}, wanted {wanted}"

    def automation(self):
        engine, instrument = self.plugin(120, 512, TONE)
        index = next(one["index"] for one in instrument.get_parameters_description() if one["name"].startswith(("Macro 1", "M1 ")))
        ramp = np.linspace(0, 1, 2 * RATE, dtype=np.float32)
        instrument.set_automation(index, ramp)
        sound = self.hear(engine, instrument, 2.0)[0]
        level = lambda at: float(np.sqrt(2 * np.mean(sound[at - 1_200 : at + 1_200] ** 2)))
        heard = [level(at) for at in (24_000, 48_000, 72_000)]
        wanted = [0.1 + 0.7 * at / (2 * RATE) for at in (24_000, 48_000, 72_000)]
        right = all(abs(a - b) < 0.02 for a, b in zip(heard, wanted))
        return right, f"levels {heard[0]:.3f}, {heard[1]:.3f}, {heard[2]:.3f}; wanted {wanted[0]:.3f}, " \
                      f"{wanted[1]:.3f}, {wanted[2]:.3f}"

    def tempo_map(self):
        engine, instrument = self.plugin(120, 480, CLICK)
        # A quarter of a second of each entry of the tempo; 120 for two seconds, then 60.
        ppqn = 960
        engine.set_bpm(np.array([120.0] * 4 * ppqn + [60.0] * 4 * ppqn), ppqn=ppqn)
        sound = self.hear(engine, instrument, 5.0)[0]
        starts = np.flatnonzero((sound[1:] > 0) & (sound[:-1] == 0)) + 1
        wanted = [24_000, 48_000, 72_000, 96_000, 144_000, 192_000]
        right = len(starts) >= 6 and bool(np.all(np.abs(starts[:6] - wanted) <= 2))
        return right, f"beats at {starts[:7].tolist()}, wanted {wanted}"

    def restores(self):
        score = self.words.score.read_text(encoding="utf-8")
        first = self.plugin(128, 512, score)
        second = self.plugin(128, 512)
        self.load(second[1], self.state(first[1]))
        one, two = self.hear(*first, 4.0), self.hear(*second, 4.0)
        return same(two, one)


def same(sound: np.ndarray, other: np.ndarray):
    """Whether two sounds are the same, and that in words."""
    if sound.shape != other.shape:
        return False, f"{sound.shape} frames, not {other.shape}"
    distance = float(np.abs(sound - other).max())
    if distance == 0:
        return True, "the same samples"
    if distance <= SAME:
        return True, f"at most {distance:.1e} apart"
    first = int(np.flatnonzero((np.abs(sound - other) > SAME).any(axis=0))[0])
    return False, f"up to {distance:.1e} apart, from frame {first}"


if __name__ == "__main__":
    sys.exit(main())
