"""Sorl in pedalboard, a host for studio work in Python (JUCE inside), without a transport."""

import sys

import numpy as np

import document
import report
import vst3

RATE = 48_000
# A steady tone whose loudness is the first macro's, for nothing but this check.
TONE = """
def tone():
    level = control("level", 0.1, 0, 1)
    return sine_osc(1000) * level

t = node("tone", tone)
macro(1, "tone/level", 0.1, 0.8)
"""
# A sine whose loudness tells what a keyboard's wheel and pressure say.
HEARD = """
def heard():
    freq = control("freq", 100, 10, 9000)
    gate = control("gate", 0, 0, 1)
    wheel = control("wheel", 0, 0, 1)
    pressure = control("pressure", 0, 0, 1)
    return sine_osc(freq) * gate * (0.25 + 0.25 * wheel + 0.25 * pressure)

h = node("h", heard, count=4)
midi_map(1, "h/wheel", 0, 1)
"""
HALF = """
def half(inp):
    amount = control("amount", 0.5, 0, 1)
    return inp * amount

i = input()
h = node("half", half)
i >> h
macro(1, "half/amount", 0.5, 0.25)
"""


def main() -> int:
    words = report.arguments(__doc__)
    try:
        import pedalboard
    except ImportError as error:
        report.Report("pedalboard", "").not_run("everything", str(error))
        return 0
    out = report.Report("pedalboard", pedalboard.__version__)
    for host in (Instrument, Effect):
        plugin = host(pedalboard, words)
        for name, check in plugin.checks():
            out.attempt(plugin.name, name, check)
    return 0


def note(key: int, on: float, off: float, strength: int = 100) -> list:
    return [(bytes([0x90, key, strength]), on), (bytes([0x80, key, 0]), off)]


def pitch(sound: np.ndarray) -> float:
    """The strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 19))
    return float(spectrum[1:].argmax() + 1) * RATE / (1 << 19)


def level(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))


class Base:
    """What both plugins have in common."""

    def __init__(self, pedalboard, words):
        self.pedalboard, self.words = pedalboard, words
        self.class_id = dict(vst3.classes(words.library))[self.name]

    def load(self, score: str | None = None):
        plugin = self.pedalboard.load_plugin(str(self.words.plugin), plugin_name=self.name)
        if score is not None:
            state = document.component(plugin.preset_data)
            plugin.preset_data = vst3.preset(self.class_id, document.with_score(state, score))
            if document.score_of(document.component(plugin.preset_data)) != score:
                raise RuntimeError("the plugin did not take the score")
        return plugin

    def lists_parameters(self):
        names = list(self.load().parameters)
        macros = [f"macro_{number}" for number in range(1, 65)]
        missing = [name for name in ["bypass", *macros] if name not in names]
        return not missing, f"{len(names)} parameters" + (f", without {missing}" if missing else "")

    def presets(self):
        """Loads every preset file of this plugin: the host takes it, the plugin has its score."""
        files = sorted((self.words.bundles / "presets" / "Sorl" / self.name).rglob("*.vstpreset"))
        plugin, wrong = self.load(), []
        for file in files:
            plugin.load_preset(str(file))
            wanted = document.score_of(document.component(file.read_bytes()))
            if document.score_of(document.component(plugin.preset_data)) != wanted:
                wrong.append(file.stem)
        return bool(files) and not wrong, f"{len(files)} files" + (f", not {wrong}" if wrong else "")


class Instrument(Base):
    name = "Sorl"

    def checks(self):
        return [("loads and lists its parameters", self.lists_parameters), ("plays MIDI notes", self.plays),
                ("hears wheels, pressure and pedal", self.hears),
                ("a macro moves what it is mapped to", self.macro), ("blocks of any size", self.blocks),
                ("saves and restores", self.restores), ("preset files load", self.presets)]

    def render(self, plugin, notes, block: int = 512) -> np.ndarray:
        return plugin(notes, duration=2.0, sample_rate=RATE, num_channels=2, buffer_size=block)

    def plays(self):
        sound = self.render(self.load(), note(69, 0.25, 1.25))
        before, heard = level(sound[:, :11_900]), pitch(sound[0, 20_000:56_000])
        # The two saws of the first synth lie 0.4 % apart, and either may be the stronger.
        right = before == 0 and 438 < heard < 444 and level(sound[:, -4_800:]) < 0.01
        return right, f"A4 is heard at {heard:.1f} Hz, silence before and after"

    def hears(self):
        """Pitch and loudness in the second second, A4 having been struck in the first, and something else said."""
        on, off = (bytes([0x90, 69, 100]), 0.05), (bytes([0x80, 69, 0]), 0.5)
        cases = {
            "plain": ([on], 440.0, 0.25),
            "bend": ([on, (bytes([0xE0, 127, 127]), 0.2)], 493.88, 0.25),
            "wheel": ([on, (bytes([0xB0, 1, 127]), 0.2)], 440.0, 0.5),
            "pressure": ([on, (bytes([0xD0, 127]), 0.2)], 440.0, 0.5),
            "pedal": ([(bytes([0xB0, 64, 127]), 0.01), on, off], 440.0, 0.25),
        }
        wrong = []
        for name, (notes, wanted, loud) in cases.items():
            sound = self.render(self.load(HEARD), notes)[0, RATE:]
            heard, peak = pitch(sound), float(np.abs(sound).max())
            if abs(heard - wanted) > 1 or abs(peak - loud) > 0.01:
                wrong.append(f"{name}: {heard:.1f} Hz at {peak:.3f}")
        return not wrong, ", ".join(wrong) or "bend, modulation wheel, pressure and sustain pedal as played"

    def macro(self):
        plugin = self.load(TONE)
        low = level(self.render(plugin, [])[0, 48_000:])
        first_macro(plugin).raw_value = 1.0
        self.render(plugin, [])
        high = level(self.render(plugin, [])[0, 48_000:])
        right = abs(low * 2**0.5 - 0.1) < 0.002 and abs(high * 2**0.5 - 0.8) < 0.01
        return right, f"from {low * 2**0.5:.3f} to {high * 2**0.5:.3f}"

    def blocks(self):
        chord = note(45, 0.1, 1.0) + note(57, 0.2, 1.2) + note(64, 0.3, 1.1)
        chord.sort(key=lambda message: message[1])
        first, *others = [self.render(self.load(), chord, block) for block in (512, 64, 333, 4096)]
        distance = max(float(np.abs(first - other).max()) for other in others)
        return level(first) > 0.01 and distance == 0, f"at most {distance:.1e} apart"

    def restores(self):
        chord = note(48, 0.0, 1.0)
        plugin = self.load(TONE.replace("1000", "500"))
        first_macro(plugin).raw_value = 0.6
        other = self.load()
        other.raw_state = plugin.raw_state
        same = document.score_of(document.component(other.preset_data)).count("sine_osc(500)") == 1
        self.render(plugin, chord), self.render(other, chord)
        one, two = (level(self.render(p, chord)[0, 24_000:]) for p in (plugin, other))
        right = same and abs(one - two) < 1e-3 and abs(first_macro(other).raw_value - 0.6) < 0.01
        return right, f"levels {one:.4f} and {two:.4f}, macro {first_macro(other).raw_value:.2f}"


def first_macro(plugin):
    """The parameter of the first macro: its name is what the score maps it to, once it does."""
    return next(one for key, one in plugin.parameters.items() if key == "macro_1" or key.startswith("m1_"))


class Effect(Base):
    name = "Sorl FX"

    def checks(self):
        return [("loads and lists its parameters", self.lists_parameters), ("passes sound through", self.passes),
                ("a macro moves what it is mapped to", self.macro), ("saves and restores", self.restores),
                ("preset files load", self.presets)]

    def noise(self) -> np.ndarray:
        return np.random.default_rng(1).uniform(-0.5, 0.5, (2, RATE)).astype(np.float32)

    def passes(self):
        sound, worst = self.noise(), 0.0
        for block in (512, 100, 4096):
            worst = max(worst, float(np.abs(self.load()(sound, RATE, buffer_size=block) - sound).max()))
        return worst == 0, "bit by bit" if worst == 0 else f"up to {worst:.1e} apart"

    def macro(self):
        plugin, sound = self.load(HALF), self.noise()
        before = level(plugin(sound, RATE)[:, 24_000:]) / level(sound[:, 24_000:])
        first_macro(plugin).raw_value = 1.0
        plugin(sound, RATE)
        after = level(plugin(sound, RATE)[:, 24_000:]) / level(sound[:, 24_000:])
        return abs(before - 0.5) < 0.005 and abs(after - 0.25) < 0.005, f"from {before:.3f} to {after:.3f}"

    def restores(self):
        plugin, sound = self.load(HALF), self.noise()
        other = self.load()
        other.raw_state = plugin.raw_state
        distance = float(np.abs(plugin(sound, RATE) - other(sound, RATE)).max())
        return distance == 0, f"at most {distance:.1e} apart"


if __name__ == "__main__":
    sys.exit(main())
