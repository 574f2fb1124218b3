"""Reading the state that a JUCE host saves for a VST3 plugin.

JUCE wraps the plugin's own bytes in base64 (an alphabet and a bit order of its own), that in XML,
and that in a small binary header: `MemoryBlock::toBase64Encoding`, `AudioProcessor::copyXmlToBinary`.
"""

import re
import struct

MAGIC = 0x21324356
ALPHABET = ".ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def component(state: bytes) -> bytes:
    """The bytes that the plugin itself has saved."""
    magic, length = struct.unpack_from("<II", state)
    if magic != MAGIC:
        raise ValueError("this is not a state of a JUCE host")
    xml = state[8 : 8 + length].decode()
    return decode(re.search(r"<IComponent>(.*?)</IComponent>", xml, re.DOTALL)[1])


def decode(text: str) -> bytes:
    """JUCE's base64: the length, a dot, then six bits a character, the lowest first."""
    length, _, characters = text.strip().partition(".")
    bits = 0
    for i, character in enumerate(characters):
        bits |= ALPHABET.index(character) << 6 * i
    length = int(length)
    return (bits & (1 << length * 8) - 1).to_bytes(length, "little")
