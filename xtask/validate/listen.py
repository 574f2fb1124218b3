"""Hearing the beat in a sound: where kick and hat begin, and that they sound like themselves."""

from dataclasses import dataclass

import numpy as np

# Silence before and after, so that what begins at 0 has a beginning and filters do not wrap round.
MARGIN = 0.1


@dataclass
class Drum:
    """One drum of the beat, and how to know it from the others."""

    name: str
    # Where the drum is loud, in Hz: the band in which it is timed.
    band: tuple[float, float]
    # The band in which its sound must be found.
    spectrum: tuple[float, float]
    # How far this band must rise within `window` seconds of each beginning, in dB.
    rise: float
    # Beats to the first one; one follows every beat.
    offset: float
    # Seconds over which its loudness is taken.
    smoothing: float
    window: float


# A kick falls from 255 Hz to 55 Hz, and the bass below it goes on sounding.
KICK = Drum("kick", (30, 400), (0, 250), rise=6, offset=0.0, smoothing=0.002, window=0.06)
HAT = Drum("hat", (8_000, 23_000), (8_000, 24_000), rise=20, offset=0.5, smoothing=0.002, window=0.02)
# A drum must have been quiet for this long before it can begin anew, in seconds: more than half a
# wave of the lowest tone.
QUIET = 0.012
# How far off the beat the ear of this program may be, in seconds.
TOLERANCE = 0.006


@dataclass
class Heard:
    """What was heard of one drum."""

    expected: int
    found: int
    # Beginnings where none should be.
    extra: int
    # The largest distance from the beat, in seconds.
    worst: float
    # The smallest rise of its band, in dB.
    rise: float

    def is_right(self, drum: Drum) -> bool:
        return self.found == self.expected and self.extra == 0 and self.rise >= drum.rise


def hear(sound: np.ndarray, rate: int, drum: Drum, tempo: float) -> Heard:
    """Listens for one drum at a tempo in beats per minute."""
    mono = np.pad(sound.mean(axis=0), int(MARGIN * rate))
    seconds = sound.shape[1] / rate
    beat = 60 / tempo
    expected = np.arange(drum.offset * beat, seconds - 0.01, beat)
    onsets = beginnings(mono, rate, drum) - MARGIN

    distances = np.array([np.abs(onsets - time).min(initial=np.inf) for time in expected])
    found = distances <= TOLERANCE
    return Heard(
        expected=len(expected),
        found=int(found.sum()),
        extra=len(onsets) - int(found.sum()),
        worst=float(distances[found].max(initial=0)),
        rise=min((rise(mono, rate, drum, time + MARGIN) for time in expected), default=-np.inf),
    )


def beginnings(mono: np.ndarray, rate: int, drum: Drum) -> np.ndarray:
    """The times at which the drum's band becomes loud after having been quiet, in seconds."""
    level = loudness(band(mono, rate, *drum.band), rate, drum.smoothing)
    loud = 0.35 * np.quantile(level, 0.995)
    times, armed, quiet = [], True, 0
    for index, value in enumerate(level):
        # The waves of a low tone are quiet between their crests; only what lasts is a pause.
        quiet = quiet + 1 if value < loud / 4 else 0
        armed = armed or quiet > QUIET * rate
        if armed and value > loud:
            times.append(index / rate)
            armed = False
    return np.array(times)


def rise(mono: np.ndarray, rate: int, drum: Drum, time: float) -> float:
    """By how many dB the drum's band is louder just after a moment than just before it."""
    middle, width = round(time * rate), round(drum.window * rate)
    before = energy(mono[middle - width : middle], rate, *drum.spectrum)
    after = energy(mono[middle : middle + width], rate, *drum.spectrum)
    return 10 * np.log10((after + 1e-12) / (before + 1e-12))


def energy(part: np.ndarray, rate: int, low: float, high: float) -> float:
    """The energy of a short part of a sound between two frequencies."""
    spectrum = np.fft.rfft(part * np.hanning(len(part)))
    frequencies = np.fft.rfftfreq(len(part), 1 / rate)
    return float((np.abs(spectrum[(frequencies >= low) & (frequencies < high)]) ** 2).sum())


def band(mono: np.ndarray, rate: int, low: float, high: float) -> np.ndarray:
    """A sound with nothing outside two frequencies and no delay."""
    spectrum = np.fft.rfft(mono)
    frequencies = np.fft.rfftfreq(len(mono), 1 / rate)
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    return np.fft.irfft(spectrum, len(mono))


def loudness(signal: np.ndarray, rate: int, seconds: float) -> np.ndarray:
    """The moving root of the mean square, centred, so that it lags by nothing."""
    width = max(1, round(seconds * rate))
    return np.sqrt(np.convolve(signal**2, np.ones(width) / width, mode="same"))
