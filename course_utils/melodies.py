"""Two-bar melodies: those that come with the course, or from a folder of one's own.

:func:`course_utils.data.load_melodies` gives them to lessons; ``data/make_melodies.py`` made the
file from collections of tunes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from course_utils import caches
from course_utils.abc_notation import Tune, read_tunes
from course_utils.caches import DataError
from course_utils.own_pictures import is_meant

FILE = "melodies.npz"
SHA256 = "0f593e3b56e4a52e4d2ae0450c3adbac94c96f78848ce6ffcaa5e71c8d1fa388"
STEPS = 16  # of a melody: eight in each bar
LOWEST, HIGHEST = 55, 88  # MIDI pitches, G below middle C to the E two octaves above it
METRES = ("4/4", "2/2", "2/4")
FEWEST_NOTES = 4
NEAR = 2  # melodies that differ in so many steps or fewer are variants of each other
FEWEST_MELODIES = 30
STARTS = 128  # added to the pitch of the step where a note starts

Melody = list[tuple[int, int, int]]


@dataclass(frozen=True)
class Melodies:
    """Melodies of two bars, split by tune into training, validation and test.

    A melody is a list of notes in the order of time, one at a time. A note is a tuple of whole
    numbers ``(start, length, pitch)``: the step where it starts (0 to 15), the number of steps
    that it lasts, and its MIDI pitch (55 to 88; 60 is middle C, 1 is a semitone). Eight steps are
    a bar. Between notes there may be silence. ``titles_train[i]`` is the tune that ``train[i]``
    is from.
    """

    train: list[Melody]
    val: list[Melody]
    test: list[Melody]
    titles_train: list[str]
    titles_val: list[str]
    titles_test: list[str]
    source: str

    def __repr__(self) -> str:
        sizes = f"{len(self.train)} train, {len(self.val)} validation, {len(self.test)} test"
        return f"Melodies({sizes}; {self.source})"


def bundled() -> Melodies:
    """The melodies of ``data/melodies.npz``.

    Raises:
        DataError: the file is missing, damaged or another one; the message names it.
    """
    stored = caches.bundled(FILE, SHA256)
    titles = stored["titles"].tobytes().decode("utf-8").split("\n")
    rows, part, tune = stored["rows"], stored["part"], stored["tune"]
    return _melodies(rows, part, tune, titles, "tunes of 1778 to 1903")


def own(folder: str | Path) -> Melodies:
    """The two-bar melodies of the ABC and MIDI files in a folder.

    Files that cannot be read are named and left out.

    Raises:
        DataError: no such folder, or fewer than 30 different melodies in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    tunes = []
    for path in sorted(path for path in folder.rglob("*") if is_meant(path, folder)):
        try:
            found = _read(path)
        except Exception as error:  # a foreign file may fail in any way
            reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
            print(f"{path}: left out, not a readable ABC or MIDI file ({reason})")
            continue
        if not any(rows_of(tune) for tune in found):
            print(f"{path}: left out, it holds no melody in {', '.join(METRES)} that fits the grid")
        tunes += found
    rows, tune, part = collect(tunes)
    if len(rows) < FEWEST_MELODIES:
        raise DataError(
            f"{folder}: {len(rows)} different two-bar melodies; {FEWEST_MELODIES} are needed"
        )
    if len(set(part)) < 3:
        raise DataError(f"{folder}: all melodies are variants of a few; more tunes are needed")
    titles = [one.title for one in tunes]
    return _melodies(rows, part, tune, titles, f"the files of {folder}")


def _read(path: Path) -> list[Tune]:
    if path.suffix.lower() in (".mid", ".midi"):
        from course_utils.midi_files import read_tune

        return [read_tune(path)]
    text = path.read_text(encoding="utf-8-sig", errors="strict")
    found = list(read_tunes(text))
    if not found:
        raise ValueError("no tune with the lines X:, M: and K:")
    return found


def rows_of(tune: Tune) -> list[np.ndarray]:
    """Every two bars of a tune that follow each other, each as a row of 16 steps.

    The tune is transposed by -5 to 6 semitones so that its signature has no sharps or flats.
    A row, uint8 ``(16,)``, holds the pitch that sounds at each step (0: silence), plus 128 where a
    note starts. Two bars are left out where a length does not fit the steps, a bar is not full,
    a pitch lies outside 55 to 88, or fewer than four notes start.
    """
    if tune.metre not in METRES:
        return []
    step, shift = Fraction(tune.metre) / 8, (5 - 7 * tune.sharps) % 12 - 5
    rows = [_row(two, step, shift) for two in pairwise(tune.bars) if None not in two]
    return [row for row in rows if row is not None]


def _row(two: Sequence, step: Fraction, shift: int) -> np.ndarray | None:
    if any(sum(note.length for note in bar) != 8 * step for bar in two):
        return None
    row, at, sounding = np.zeros(STEPS, "uint8"), 0, None
    for note in (note for bar in two for note in bar):
        steps = note.length / step
        if steps.denominator > 1:
            return None
        if note.pitch is None:
            sounding = None
        elif LOWEST <= note.pitch + shift <= HIGHEST:
            row[at : at + int(steps)] = note.pitch + shift
            row[at] += STARTS if sounding != note.pitch else 0
            sounding = note.pitch if note.tied else None
        else:
            return None
        at += int(steps)
    return row if np.sum(row >= STARTS) >= FEWEST_NOTES else None


def collect(tunes: Sequence[Tune]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The different rows of all tunes, split.

    Returns:
        uint8 ``(n, 16)``, the rows, each once, in the order of the tunes; int ``(n,)``, the number
        of the first tune that has it; uint8 ``(n,)``, its part as :func:`split` says.
    """
    found = [(row, number) for number, tune in enumerate(tunes) for row in rows_of(tune)]
    rows = np.array([row for row, _ in found], dtype="uint8").reshape(-1, STEPS)
    tune = np.array([number for _, number in found], dtype=int)
    part = split(rows, tune)  # with repeats: they show which tunes belong together
    first = np.sort(np.unique(rows, axis=0, return_index=True)[1])
    return rows[first], tune[first], part[first]


def near_pairs(rows: np.ndarray) -> Iterable[tuple[int, int]]:
    """Pairs of rows that differ in at most two steps, perhaps after moving one by an octave."""
    lifted = np.where(rows > 0, rows + 12, 0).astype("uint8")
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        for others in (rows, lifted):
            differing = np.zeros((len(some), len(rows)), "uint8")
            for step in range(STEPS):
                differing += some[:, step, None] != others[None, :, step]
            for i, j in zip(*np.nonzero(differing <= NEAR), strict=True):
                if i + start != j:
                    yield int(i) + start, int(j)


def split(rows: np.ndarray, tune: np.ndarray, seed: int = 0) -> np.ndarray:
    """Split melodies so that tunes with variants of a melody in common are in one part.

    Tunes of which one has a near variant (:func:`near_pairs`) of the other's melody form a family,
    and so do their families. Whole families, in random order, go to the test until it has a tenth
    of the melodies, then to validation until it has a tenth, then to training. A family
    that is larger than a tenth goes to training at once.

    Returns:
        uint8 ``(n,)``: 0 training, 1 validation, 2 test.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = np.array([(tune[i], tune[j]) for i, j in near_pairs(rows)], dtype=int).reshape(-1, 2)
    size = int(tune.max(initial=-1)) + 1
    graph = coo_matrix((np.ones(len(links)), links.T), shape=(size, size))
    family = connected_components(graph, directed=False)[1][tune]
    counts = np.bincount(family)
    part, left = np.zeros(len(rows), "uint8"), {2: len(rows) / 10, 1: len(rows) / 10}
    for one in np.random.default_rng(seed).permutation(np.unique(family)):
        place = next((p for p in left if left[p] > 0), 0)
        if place and counts[one] <= len(rows) / 10:
            part[family == one] = place
            left[place] -= counts[one]
    return part


def notes_of(row: np.ndarray) -> Melody:
    """The notes of a row of 16 steps."""
    pitch, starts = row % STARTS, np.flatnonzero(row >= STARTS)
    ends = np.append(starts, STEPS)[1:]
    lengths = [np.count_nonzero(pitch[a:b]) for a, b in zip(starts, ends, strict=True)]
    return [(int(a), int(n), int(pitch[a])) for a, n in zip(starts, lengths, strict=True)]


def _melodies(rows, part, tune, titles: Sequence[str], source: str) -> Melodies:
    melodies, names = [], []
    for place in range(3):
        chosen = np.flatnonzero(part == place)
        melodies.append([notes_of(rows[i]) for i in chosen])
        names.append([titles[tune[i]] for i in chosen])
    return Melodies(*melodies, *names, source=source)
