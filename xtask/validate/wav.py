"""Reading the WAV files that `sorl render` writes: 32-bit float."""

import struct
from pathlib import Path

import numpy as np

FLOAT, EXTENSIBLE = 3, 0xFFFE


def read(file: Path) -> tuple[np.ndarray, int]:
    """The channels as rows, and the sample rate."""
    data = file.read_bytes()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{file} is not a WAV file")
    position, layout = 12, None
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        body = data[position + 8 : position + 8 + length]
        if name == b"fmt ":
            layout = struct.unpack_from("<HHIIHH", body)
        elif name == b"data":
            if layout is None or layout[0] not in (FLOAT, EXTENSIBLE) or layout[5] != 32:
                raise ValueError(f"{file} does not hold 32-bit float samples")
            return np.frombuffer(body, "<f4").reshape(-1, layout[1]).T, layout[2]
        position += 8 + length + length % 2
    raise ValueError(f"{file} holds no samples")
