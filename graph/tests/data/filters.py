"""Writes filters.csv: what scipy says that each filter passes, at 48 kHz.

    python3 filters.py > filters.csv

Rows: the filter as a score writes it, a frequency in Hz, and the magnitude there in dB. Analog prototypes are brought to
48 kHz by the bilinear transform with their frequency kept: s = (1 − z⁻¹)/(1 + z⁻¹), which scipy writes as a rate of one half,
and the frequency at tan(π f / rate).
"""

import math

import numpy as np
from scipy import signal

RATE = 48000.0
HERTZ = [20, 50, 137, 440, 1000, 2300, 5000, 9000, 15000, 21600]


def row(expression, b, a, sos=None):
    for hertz in HERTZ:
        w = [2 * math.pi * hertz / RATE]
        h = signal.sosfreqz(sos, w)[1] if sos is not None else signal.freqz(b, a, w)[1]
        print(f"{expression};{hertz};{20 * math.log10(max(abs(h[0]), 1e-12)):.5f}")


for order in range(1, 9):
    for kind in ("lowpass", "highpass"):
        for hertz in (200, 3000, 17000):
            sos = signal.butter(order, hertz, kind, fs=RATE, output="sos")
            row(f"{kind}(x, {hertz}, {order})", None, None, sos)
for hertz, q in ((300, 0.5), (2000, 5.0), (11000, 2.0)):
    g = math.tan(math.pi * hertz / RATE)
    # H(s/g), s² terms scaled so that the frequency is 1.
    den = [1 / g**2, 1 / (q * g), 1]
    row(f"bandpass(x, {hertz}, {q})", *signal.bilinear([1 / g, 0], den, fs=0.5))
    row(f"resonant(x, {hertz}, {q})", *signal.bilinear([1], den, fs=0.5))
    row(f"svf(x, {hertz}, {q})[0]", *signal.bilinear([1], den, fs=0.5))
    row(f"svf(x, {hertz}, {q})[1]", *signal.bilinear([1 / g, 0], den, fs=0.5))
    row(f"svf(x, {hertz}, {q})[2]", *signal.bilinear([1 / g**2, 0, 0], den, fs=0.5))
    for gain in (-12.0, 6.0):
        a = 10 ** (gain / 40)
        row(
            f"eq(x, {hertz}, {gain}, {q})",
            *signal.bilinear([1 / g**2, a / (q * g), 1], [1 / g**2, 1 / (a * q * g), 1], fs=0.5),
        )
    p = math.exp(-2 * math.pi * hertz / RATE)
    row(f"onepole(x, {hertz})", [1 - p], [1, -p])
    row(f"dcblock(x, {1 - 0.001 * q})", [1, -1], [1, -(1 - 0.001 * q)])
    k = math.exp(-1 / (q * 0.001 * RATE))
    row(f"smooth(x, {q})", [1 - k], [1, -k])
    # A ladder without resonance: four poles, quiet enough to stay straight.
    pole = [1 / g, 1]
    den = np.polymul(np.polymul(pole, pole), np.polymul(pole, pole))
    row(f"ladder(x * 0.001, {hertz}) * 1000", *signal.bilinear([1], den, fs=0.5))
