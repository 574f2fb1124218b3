"""Sorl in Ardour without a window: scanned, put on a MIDI track, played and exported.

Its Lua makes the session; what Lua cannot say (a saved state, a MIDI region, where the song ends) is written into the
session's file as Ardour itself writes it. Export runs the transport from the beginning.
"""

import base64
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

import document
import listen
import report
import vst3
import wav

RATE = 48_000
SECONDS = 15
TEMPO = 128
# Ardour 7.3's exporter overruns a buffer of its own (`PortExportChannel`), also in a session without any plugin: run under
# a checking allocator (`GLIBC_TUNABLES=glibc.malloc.check=3`, `libc_malloc_debug.so.0`) it always ends with `free():
# invalid pointer`, else about every tenth time, or it hangs. Such an end says nothing of the plugin, so it is tried again.
OVERRUN = ("free()", "double free", "malloc", "timed out after")
TRIES = 6
PATIENCE = 60
# Making a MIDI track it gives it ports, takes them away, and makes them again with its instrument. The first are gone only
# when its butler has seen to them: on a busy machine that is later, and then it throws, or saves a track that is
# connected to nothing (and silent). No other thread is at work on the session meanwhile, nor is the plugin.
UNCONNECTED = "the track is connected to nothing"
LATE_BUTLER = ("Port already exists", UNCONNECTED)
CONNECTED = '<Connection other="Master/audio_in 1"/>'


def main() -> int:
    words = report.arguments(__doc__)
    folders = sorted(Path("/usr/lib").glob("ardour[0-9]*"))
    lua = [path for path in sorted(Path("/usr/bin").glob("ardour*-lua"))]
    export = [path for path in sorted(Path("/usr/bin").glob("ardour*-export"))]
    if not (folders and lua and export):
        report.Report("Ardour", "").not_run("everything", "its Lua and its exporter are not there: install ardour")
        return 0
    ardour = Ardour(words, folders[-1], lua[-1], export[-1])
    out = report.Report("Ardour", version(lua[-1]))
    out.attempt("Sorl and Sorl FX", "is scanned", ardour.scan)
    out.attempt("Sorl and Sorl FX", "loads, on a MIDI track", ardour.session)
    out.attempt("Sorl", "plays a score with the transport and exports", ardour.beat)
    out.attempt("Sorl", "plays a MIDI region and exports", ardour.region)
    return 0


def version(program: Path) -> str:
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "ardour"], capture_output=True, text=True)
    return found.stdout.strip() or re.sub(r"\D", "", program.name)


def again(what: str, work, own: tuple):
    """What the work gives; tried again where it ends in words of a defect of Ardour's own."""
    for left in reversed(range(TRIES)):
        try:
            return work()
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            if left == 0 or not any(words in str(error) for words in own):
                raise
            print(f"{what} again: {str(error)[-120:]}", file=sys.stderr)


class Ardour:
    """The programs of one Ardour, with a home of their own."""

    def __init__(self, words, folder: Path, lua: Path, export: Path):
        self.words, self.folder, self.lua, self.export = words, folder, lua, export
        self.home = words.work / "ardour"
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.environment = dict(os.environ, HOME=str(self.home), VST3_PATH=str(words.bundles.resolve()))
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DISPLAY"):
            self.environment.pop(name, None)
        self.sessions = self.home / "session"

    def run(self, *command, timeout=300) -> str:
        environment = dict(self.environment, LD_LIBRARY_PATH=str(self.folder))
        done = subprocess.run([str(word) for word in command], env=environment, text=True, timeout=timeout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.home)
        if done.returncode != 0:
            raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {done.stdout[-400:]}")
        return done.stdout

    def scan(self):
        # The cache counts only if it is newer than the plugin.
        said = self.run(self.folder / "ardour-vst3-scanner", "-f", self.words.plugin.resolve())
        found = re.findall(r"Found Plugin: (.*)", said)
        return sorted(found) == ["Sorl", "Sorl FX"], f"found {' and '.join(found)}"

    def session(self):
        script = Path(__file__).with_name("session.lua")

        def made() -> str:
            shutil.rmtree(self.sessions, ignore_errors=True)
            said = self.run(self.lua, script, self.sessions, "made", RATE)
            if CONNECTED not in (self.sessions / "made.ardour").read_text(encoding="utf-8"):
                raise RuntimeError(UNCONNECTED)
            return said

        said = again("the session", made, LATE_BUTLER)
        words = " ".join(said.split())
        right = "track Sorl Sorl" in words and "effect Sorl FX" in words
        return right, "both" if right else said[-300:]

    def exported(self, name: str, change) -> np.ndarray:
        """The sound of the session with something changed in its file."""
        text = (self.sessions / "made.ardour").read_text(encoding="utf-8")
        (self.sessions / f"{name}.ardour").write_text(change(text), encoding="utf-8")
        file = self.home / f"{name}.wav"

        def written():
            file.unlink(missing_ok=True)
            self.run(self.export, "-b", "float", "-s", RATE, "-o", file, self.sessions, name, timeout=PATIENCE)

        again("the exporter", written, OVERRUN)
        return wav.read(file)[0]

    def beat(self):
        score = self.words.score.read_text(encoding="utf-8")
        sound = self.exported("beat", lambda text: with_state(ending(text, SECONDS), self.words, score))
        file = self.home / "rendered.wav"
        subprocess.run([str(self.words.sorl), "render", str(self.words.score), "-o", str(file), "--seconds",
                        str(SECONDS), "--rate", str(RATE), "--tempo", str(TEMPO)], check=True, capture_output=True)
        expected = wav.read(file)[0]
        # Ardour tells positions in 1920ths of a beat, so what it plays is up to six frames off what was rendered.
        likeness = float(np.corrcoef(onsets(sound), onsets(expected))[0, 1])
        drums = [(drum, listen.hear(sound, RATE, drum, TEMPO)) for drum in (listen.KICK, listen.HAT)]
        right = all(heard.is_right(drum) for drum, heard in drums) and likeness > 0.995
        said = ", ".join(f"{drum.name} {heard.found} of {heard.expected}" for drum, heard in drums)
        return right, f"{said}, at most {max(h.worst for _, h in drums) * 1000:.1f} ms off; likeness {likeness:.4f}"

    def region(self):
        (self.sessions / "interchange" / self.sessions.name / "midifiles" / "note.mid").write_bytes(smf())
        sound = self.exported("region", lambda text: with_region(ending(text, 4)))[0]
        # The note lasts from the first beat to the third, at half a second each.
        spectrum = np.abs(np.fft.rfft(sound[30_000:66_000] * np.hanning(36_000), 1 << 19))
        pitch = float(spectrum.argmax() * RATE / (1 << 19))
        loud = np.abs(sound) > 1e-3
        begin, after = int(loud.argmax()), float(np.abs(sound[120_000:180_000]).max())
        # The two saws of the first synth lie 0.4 % apart, and either may be the stronger.
        right = 438 < pitch < 444 and abs(begin - 24_000) < 100 and after < 0.01
        end = len(loud) - int(loud[::-1].argmax())
        return right, f"A4 is heard at {pitch:.1f} Hz from frame {begin} (24000) to {end} (72000 and its release)"


def onsets(sound: np.ndarray) -> np.ndarray:
    """The loudness of every 10 ms."""
    frames = sound.shape[1] // 480 * 480
    return np.sqrt(np.mean(sound[:, :frames].reshape(2, -1, 480) ** 2, axis=(0, 2)))


def ending(text: str, seconds: float) -> str:
    """The session's file with a tempo of the beat and a range that ends."""
    superclocks = int(282_240_000 * seconds)
    place = f'<Location id="9001" name="session" start="a0" end="a{superclocks}" flags="IsSessionRange" locked="0"/>'
    text = text.replace("<Locations/>", f"<Locations>{place}</Locations>")
    if place not in text:
        raise RuntimeError("there is no place for the range in the session's file")
    return text


def with_state(text: str, words, score: str) -> str:
    """With a score in the plugin's saved state, at the beat's tempo."""
    class_id = dict(vst3.classes(words.library))["Sorl"]

    def exchange(match: re.Match) -> str:
        state = document.component(base64.b64decode(match[1]))
        preset = vst3.preset(class_id, document.with_score(state, score))
        return f"<chunk>{base64.b64encode(preset).decode()}</chunk>"

    text, count = re.subn(r"<chunk>([^<]*)</chunk>", exchange, text)
    text, tempos = re.subn(r'(<Tempo npm=)"120" enpm="120"', rf'\1"{TEMPO}" enpm="{TEMPO}"', text)
    if count != 1 or tempos != 1:
        raise RuntimeError(f"{count} states and {tempos} tempi in the session's file")
    return text


def with_region(text: str) -> str:
    """With a region over the MIDI file `note.mid` at the beginning of the track."""
    track = re.search(r'<Playlist id="(\d+)" name="Sorl" type="midi"', text)
    source = '<Source name="note.mid" take-id="" type="midi" flags="Writable,CanRename" id="9002" origin=""/>'
    region = ('<Region name="note" muted="0" opaque="1" locked="0" automatic="0" whole-file="0" import="0" '
              'external="0" sync-marked="0" hidden="0" position-locked="0" start="b0" length="b7680@b0" '
              'sync-position="b0" id="9003" type="midi" first-edit="nothing" layering-index="0" '
              'source-0="9002" master-source-0="9002" channels="1"/>')
    text = text.replace("<Sources/>", f"<Sources>{source}</Sources>")
    playlist = re.compile(rf'(<Playlist id="{track[1]}"[^>]*?)/>')
    return playlist.sub(rf"\1>{region}</Playlist>", text)


def smf() -> bytes:
    """A MIDI file: A4 for two beats, from the first."""
    track = (b"\x8f\x00\x90\x45\x64" + b"\x9e\x00\x80\x45\x40" + b"\x8f\x00\xff\x2f\x00")
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1920) + b"MTrk" + struct.pack(">I", len(track)) + track


if __name__ == "__main__":
    sys.exit(main())
