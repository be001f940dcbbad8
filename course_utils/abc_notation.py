"""A small reader of ABC, the text notation in which many folk tunes are written down.

It reads melodies of one voice. What it cannot read exactly (chords, triplets, several voices) it
leaves out, bar by bar, rather than guess. https://abcnotation.com describes the notation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}  # semitones above C
SHARPS = "FCGDAEB"  # the order in which a signature gets its sharps
ACCIDENTALS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
# sharps of the major key on a tonic, and what a mode adds to them
MAJOR = {
    "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "C#": 7,
    "F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "Db": -5, "Gb": -6, "Cb": -7,
}  # fmt: skip
MODES = {"": 0, "maj": 0, "ion": 0, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3,
         "phr": -4, "loc": -5, "lyd": 1}  # fmt: skip
METRES = {"C": "4/4", "C|": "2/2"}

TOKEN = re.compile(
    r"""
    (?P<skipped>"[^"]*" | \{[^}]*\} | ![^!]*!)         # words, grace notes, marks of expression
  | (?P<inline>\[[A-Za-z]:[^\]]*\])                    # a field within the line
  | (?P<bar>(?:[:\[]*\|[|:\]]*|::)\s*)(?P<ending>\[?\d)?
  | \[(?P<second>\d)                                   # an ending, where the bar line stands before
  | (?P<unread>\(\d | [\[\]&+] | Z)                    # triplets, chords, voices, rests of bars
  | (?P<broken>>+|<+)
  | (?P<accidental>\^{1,2}|_{1,2}|=)?(?P<letter>[A-Ga-gzx])(?P<octave>[,']*)
    (?P<length>\d*(?:/\d*)*)(?P<tie>\s*-)?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Note:
    """One note or rest of a bar: MIDI pitch or None, length in whole notes, tied to the next?"""

    pitch: int | None
    length: Fraction
    tied: bool = False


@dataclass
class Tune:
    """A melody by its bars.

    Attributes:
        title: as the file says it.
        metre: such as ``"4/4"``; for C ``"4/4"``, for C| ``"2/2"``.
        sharps: number of sharps in the signature; flats count negative.
        bars: the notes of each bar; None where a bar could not be read, and between bars that
            stand side by side in the text but do not follow each other in sound.
    """

    title: str
    metre: str
    sharps: int
    bars: list[list[Note] | None] = field(default_factory=list)


def read_tunes(text: str) -> Iterator[Tune]:
    """The tunes of an ABC file, in its order.

    A tune without a key that we know, without a metre, or with several voices is left out. Where
    key, metre or unit changes on the way, the tune is read up to there.
    """
    for part in re.split(r"(?m)^X:", text)[1:]:
        tune = _read_tune(part)
        if tune is not None:
            yield tune


def _read_tune(part: str) -> Tune | None:
    fields, music = {}, []
    for line in part.splitlines()[1:]:  # the first one holds the number
        line = line.split("%")[0].rstrip().rstrip("\\")
        found = re.match(r"([A-Za-z]):\s*(.*)$", line)
        if "K" not in fields:
            if found:
                fields.setdefault(found[1], found[2].strip())
        elif not found:
            music.append(line)
        elif found[1] in "KML":
            break
        elif found[1] == "V":
            return None
    signature = sharps_of(fields.get("K", ""))
    metre = METRES.get(fields.get("M", ""), fields.get("M", "").replace(" ", ""))
    if signature is None or not re.fullmatch(r"\d+/[1-9]\d*", metre):
        return None
    unit = fields.get("L", "")
    if not re.fullmatch(r"\d+/[1-9]\d*", unit):  # the rule of the notation
        unit = "1/8" if Fraction(metre) >= Fraction(3, 4) else "1/16"
    tune = Tune(fields.get("T", "without a title"), metre, signature)
    tune.bars = _read_bars(" ".join(music), signature, Fraction(unit))
    return tune


def sharps_of(key: str) -> int | None:
    """Sharps in the signature of a key such as ``"Gmaj"``, ``"E dor"`` or ``"Bm"``, or None."""
    found = re.match(r"([A-G][#b]?)\s*([A-Za-z]*)", key)
    if not found or found[1] not in MAJOR:
        return None
    mode = found[2].lower()[:3]
    return MAJOR[found[1]] + MODES[mode] if mode in MODES else None


def _read_bars(music: str, signature: int, unit: Fraction) -> list[list[Note] | None]:
    bars, bar, readable, broken = [], [], True, ""
    raised = _altered(signature)
    accidentals = dict(raised)

    def close() -> None:
        nonlocal bar, readable, accidentals, broken
        if bar or not readable:
            bars.append(bar if readable else None)
        bar, readable, accidentals, broken = [], True, {}, ""

    for found in TOKEN.finditer(music):
        if found["bar"] or found["second"]:
            close()
            if (found["ending"] or found["second"] or "1").strip("[") != "1":
                bars.append(None)  # before the second time, the first ending did not sound
        elif found["inline"] and found["inline"][1] in "KMLV":
            break
        elif found["unread"]:
            readable = False
        elif found["broken"]:
            broken = found["broken"]
        elif found["letter"]:
            length = unit * _length(found["length"])
            if broken and bar:
                longer, shorter = 2 - Fraction(1, 2 ** len(broken)), Fraction(1, 2 ** len(broken))
                first, second = (longer, shorter) if broken[0] == ">" else (shorter, longer)
                bar[-1] = Note(bar[-1].pitch, bar[-1].length * first, bar[-1].tied)
                length *= second
            broken = ""
            bar.append(Note(_pitch(found, raised, accidentals), length, bool(found["tie"])))
    close()
    return bars


def _altered(signature: int) -> dict[str, int]:
    """Letter -> semitones by which a signature moves it."""
    letters = SHARPS[:signature] if signature > 0 else SHARPS[::-1][: -signature or 0]
    return dict.fromkeys(letters, 1 if signature > 0 else -1)


def _length(text: str) -> Fraction:
    """A note's length in units: ``""`` 1, ``"3"`` 3, ``"/"`` ½, ``"3/2"`` 3/2, ``"//"`` ¼."""
    whole, *parts = text.split("/")
    length = Fraction(int(whole or 1))
    for part in parts:
        length /= int(part or 2) or 1
    return length


def _pitch(found: re.Match, raised: dict, accidentals: dict) -> int | None:
    """MIDI pitch of a note; an accidental holds in its octave to the end of the bar."""
    letter = found["letter"]
    if letter in "zx":
        return None
    octave = letter.islower() + found["octave"].count("'") - found["octave"].count(",")
    place = (letter.upper(), octave)
    if found["accidental"]:
        accidentals[place] = ACCIDENTALS[found["accidental"]]
    change = accidentals.get(place, raised.get(place[0], 0))
    return 60 + 12 * octave + NATURAL[place[0]] + change
