"""Sorl in DawDreamer, a JUCE host with a transport."""

import json
from dataclasses import dataclass
from pathlib import Path

import dawdreamer
import numpy as np

import juce_state
import vst3

RATE = 48_000


@dataclass
class Plugin:
    """The instrument, and a folder for what the host writes."""

    bundle: Path
    class_id: bytes
    work: Path

    def render(self, score: str, tempo: float, seconds: float, block: int) -> np.ndarray:
        """What the host hears of a score in a new instance: an array of two channels."""
        engine = dawdreamer.RenderEngine(RATE, block)
        engine.set_bpm(tempo)
        instrument = engine.make_plugin_processor("sorl", str(self.bundle))
        self._load_score(instrument, score)
        engine.load_graph([(instrument, [])])
        engine.render(seconds)
        return np.array(engine.get_audio())

    def _load_score(self, instrument, score: str) -> None:
        """Loads a preset in which the instrument holds this score.

        The host saves the state of the new instance and gets it back with the score exchanged, so
        the rest of it stays as the plugin wrote it. It comes back as a preset because DawDreamer's
        `load_state` also opens the editor, which needs a display.
        """
        state = self._state(instrument)
        document = _unpack(state["fields"]["document"])
        document["score"] = score
        document.pop("draft", None)
        state["fields"]["document"] = _pack(document, like=state["fields"]["document"])

        file = self.work / "beat.vstpreset"
        file.write_bytes(vst3.preset(self.class_id, json.dumps(state).encode()))
        instrument.load_vst3_preset(str(file))
        if _unpack(self._state(instrument)["fields"]["document"])["score"] != score:
            raise RuntimeError("the plugin did not take the score from the preset")

    def _state(self, instrument) -> dict:
        file = self.work / "saved.state"
        instrument.save_state(str(file))
        return json.loads(juce_state.component(file.read_bytes()))


def _unpack(field: str) -> dict:
    """A persisted field is JSON, and the document in it may again be JSON in a string."""
    value = json.loads(field)
    return json.loads(value) if isinstance(value, str) else value


def _pack(document: dict, like: str) -> str:
    text = json.dumps(document)
    return json.dumps(text) if isinstance(json.loads(like), str) else text
