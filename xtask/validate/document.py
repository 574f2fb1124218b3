"""The plugin's saved state, as far as a check exchanges something in it."""

import json
import struct


def with_score(state: bytes, score: str) -> bytes:
    """The same state with another score, and without a draft of it."""
    whole = json.loads(state)
    document = _unpack(whole["fields"]["document"])
    document["score"] = score
    document.pop("draft", None)
    whole["fields"]["document"] = _pack(document, like=whole["fields"]["document"])
    return json.dumps(whole).encode()


def score_of(state: bytes) -> str:
    """The score in a state."""
    return _unpack(json.loads(state)["fields"]["document"])["score"]


def component(preset: bytes) -> bytes:
    """What the plugin itself has saved in a `.vstpreset` file: its chunk `Comp`."""
    at = struct.unpack_from("<q", preset, 40)[0]
    name, count = struct.unpack_from("<4si", preset, at)
    if preset[:4] != b"VST3" or name != b"List":
        raise ValueError("this is no preset file of VST3")
    for entry in range(count):
        name, start, length = struct.unpack_from("<4sqq", preset, at + 8 + 20 * entry)
        if name == b"Comp":
            return preset[start : start + length]
    raise ValueError("there is no state in this preset file")


def _unpack(field: str) -> dict:
    """A persisted field is JSON, and the document in it may again be JSON in a string."""
    value = json.loads(field)
    return json.loads(value) if isinstance(value, str) else value


def _pack(document: dict, like: str) -> str:
    text = json.dumps(document)
    return json.dumps(text) if isinstance(json.loads(like), str) else text
