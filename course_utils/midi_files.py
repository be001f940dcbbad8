"""Melodies as MIDI files: written for any player, read from files of one's own."""

import base64
import html
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import mido
from IPython.display import HTML

from course_utils.abc_notation import Note, Tune

TICKS = 480  # of a quarter note
WHITE = (0, 2, 4, 5, 7, 9, 11)  # C major, in semitones above C


def midi_bytes(
    notes: Sequence[tuple[int, int, int]], steps_per_minute: float = 400, program: int = 73
) -> bytes:
    """A melody as the content of a MIDI file, which any player or notation program opens.

    Args:
        notes: tuples ``(start, length, pitch)``, start and length in steps of an eighth note.
        steps_per_minute: the tempo.
        program: the instrument by its General MIDI number, from 0; 73 is a flute.
    """
    step, events = TICKS // 2, []
    for start, length, pitch in notes:
        events.append((start * step, 1, pitch))
        events.append(((start + length) * step, 0, pitch))
    tempo = mido.MetaMessage("set_tempo", tempo=round(2 * 60e6 / steps_per_minute))
    track = mido.MidiTrack([tempo, mido.Message("program_change", program=program)])
    now = 0
    for time, on, pitch in sorted(events):  # at one time, what ends comes before what starts
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=80 * on, time=time - now))
        now = time
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def midi_link(notes: Sequence[tuple[int, int, int]], name: str, **options) -> HTML:
    """A link that saves a melody as a MIDI file; the file lies within the page, not on the disk.

    Args:
        notes: as in :func:`midi_bytes`, and so are the options.
        name: of the file, such as ``"morph.mid"``.
    """
    content = base64.b64encode(midi_bytes(notes, **options)).decode()
    name = html.escape(name)
    return HTML(f'<a download="{name}" href="data:audio/midi;base64,{content}">Save {name}</a>')


def read_tune(path: str | Path) -> Tune:
    """The melody of a MIDI file, by bars of 4/4, 2/2 or 2/4.

    Times are rounded to eighths of a bar. A bar in which two notes sound at once, or in which one
    starts more than a fifth of a step beside the grid, is left out. As files seldom say their key
    rightly, the signature is the one under which most notes are white keys.

    Raises:
        ValueError: no notes, or another metre.
        Exception: whatever mido says of a damaged file.
    """
    file = mido.MidiFile(path)
    metre, events, now = "4/4", [], 0
    for message in mido.merge_tracks(file.tracks):
        now += message.time
        if message.type == "time_signature":
            metre = f"{message.numerator}/{message.denominator}"
        elif message.type in ("note_on", "note_off") and message.channel != 9:  # no drums
            events.append((now, message.type == "note_on" and message.velocity > 0, message.note))
    if metre not in ("4/4", "2/2", "2/4"):
        raise ValueError(f"its metre is {metre}, not 4/4, 2/2 or 2/4")
    spans = _spans(events, file.ticks_per_beat * 4 * Fraction(metre) / 8)
    if not spans:
        raise ValueError("it holds no notes")
    pitches = [pitch for _, _, pitch in spans]
    sharps = max(range(-5, 7), key=lambda n: (_white(pitches, n), -abs(n)))
    return Tune(Path(path).stem, metre, sharps, _bars(spans, Fraction(metre) / 8))


def _white(pitches: Sequence[int], sharps: int) -> int:
    """How many pitches are white keys, once a signature is taken away."""
    return sum((pitch - 7 * sharps) % 12 in WHITE for pitch in pitches)


def _spans(events: Sequence[tuple[int, bool, int]], step: Fraction) -> list[tuple]:
    """Start and end in steps, and pitch, of every note, in the order of time."""
    sounding, spans = {}, []
    for time, on, pitch in events:
        if pitch in sounding:
            spans.append((sounding.pop(pitch) / step, time / step, pitch))
        if on:
            sounding[pitch] = Fraction(time)
    return sorted(spans)


def _bars(spans: Sequence[tuple], step: Fraction) -> list[list[Note] | None]:
    """The bars of spans in steps; None for those that are no melody on the grid."""
    exact = [
        (round(start), max(round(end), round(start) + 1), pitch) for start, end, pitch in spans
    ]
    bars: list[list[Note] | None] = []
    for bar in range(-(-max(end for _, end, _ in exact) // 8)):
        first, last, at, notes, good = 8 * bar, 8 * bar + 8, 8 * bar, [], True
        for (rough, *_), (start, end, pitch) in zip(spans, exact, strict=True):
            if end <= first or start >= last:
                continue
            good &= abs(rough - start) <= Fraction(1, 5) and max(start, first) >= at
            if max(start, first) > at:
                notes.append(Note(None, (max(start, first) - at) * step))
            at = min(end, last)
            notes.append(Note(pitch, (at - max(start, first)) * step, tied=end > last))
        if at < last:
            notes.append(Note(None, (last - at) * step))
        bars.append(notes if good else None)
    return bars
