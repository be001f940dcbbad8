"""Checks of lesson 35, melodies: what is measured of them."""

import contextlib
import warnings
from itertools import pairwise

import numpy as np

from course_utils import check

SCALE, LARGEST = (0, 2, 4, 5, 7, 9, 11), 4
NAMES = "the share of notes in the scale", "the share of small intervals"
SCALES = {
    "the minor scale on C is used; C, D, E, F, G, A, B have 0, 2, 4, 5, 7, 9, 11.": {0, 2, 3, 5, 7, 8, 10},
    "B, which is 11, is missing in the scale.": {0, 2, 4, 5, 7, 9},
    "pitches are counted from 55 there, or this is G major; C is where pitch % 12 is 0.": {
        (c + 55) % 12 for c in SCALE
    },
    "pitch % 12 is 0 for C, not for A.": {(c + 9) % 12 for c in SCALE},
    "this is the share of the black keys.": {1, 3, 6, 8, 10},
}
WAYS = sorted(range(-14, 15), key=abs)
SMALL = {
    "intervals downwards are negative: take their size.": [d <= 4 for d in WAYS],
    "intervals downwards count, too: take their size.": [0 <= d <= 4 for d in WAYS],
    "an interval of exactly 4 counts as small, too.": [abs(d) < 4 for d in WAYS],
    "an interval of 5 is not small.": [abs(d) <= 5 for d in WAYS],
    "a repeated note is an interval of 0, which is small.": [0 < abs(d) <= 4 for d in WAYS],
    "this is the share of the wide intervals.": [abs(d) > 4 for d in WAYS],
    "every interval counts as small.": [True for d in WAYS],
}


def melodies_of(*lines) -> list:
    """Melodies with these pitches; notes of 1 to 3 steps, and a rest after every third."""
    melodies = []
    for line in lines:
        starts = [1 + 2 * i + i // 3 for i in range(len(line))]
        melodies.append([(s, (1, 2, 2)[i % 3], p) for i, (s, p) in enumerate(zip(starts, line, strict=True))])
    return melodies


def _shares(
    melodies, how="pooled", value=2, weigh=False, gap="next", rests=True, distinct=False, empty=False
) -> tuple[float, float]:
    """Share of notes in the scale and share of small intervals, with popular slips as options."""
    melodies = [[(*note[:2], note[value]) for note in notes] for notes in melodies]
    lines = [np.array([p for _, n, p in notes for _ in range(n if weigh else 1)], int) for notes in melodies]
    if how == "across":
        lines = [np.concatenate(lines)]
    if distinct:
        lines = [np.unique(line) for line in lines]
    inside = [np.isin(line % 12, SCALE) for line in lines]
    gaps = [np.diff(line) for line in lines]
    if gap == "first":
        gaps = [line[1:] - line[:1] for line in lines]
    if gap == "second":
        gaps = [line[2:] - line[:-2] for line in lines]
    small = [np.abs(one) <= LARGEST for one in gaps]
    if not rests:
        small = [[abs(b[2] - a[2]) <= 4 for a, b in pairwise(notes) if sum(a[:2]) == b[0]] for notes in melodies]
    if empty:
        small = [one if len(one) else [False] for one in small]
    if how == "means":
        return np.mean([np.mean(one) for one in inside if len(one)]), np.mean([np.mean(o) for o in small if len(o)])
    if how == "all":
        return np.mean([np.all(one) for one in inside]), np.mean([np.all(one) for one in small])
    return np.mean(np.concatenate(inside)), np.mean(np.concatenate(small))


SHARE_SLIPS = {
    "the melodies are averaged one by one; count the notes of all together.": {"how": "means"},
    "an interval from the last note of one melody to the first of the next is counted.": {"how": "across"},
    "melodies are counted of which all is so; count notes and intervals.": {"how": "all"},
    "a long note counts more than a short one there; each counts once.": {"weigh": True},
    "the distance from the first note is taken; an interval is between a note and the next one.": {"gap": "first"},
    "the distance to the note after the next is taken; an interval is between a note and the next one.": {
        "gap": "second"
    },
    "an interval counts, too, if there is a rest between its notes.": {"rests": False},
    "repeated pitches of a melody count each time.": {"distinct": True},
}


OTHER_NUMBERS = {
    "the starts are taken for pitches: a note is (start, length, pitch).": {"value": 0},
    "the lengths are taken for pitches: a note is (start, length, pitch).": {"value": 1},
}


def _share_mistakes(place: int, melodies) -> dict:
    right = _shares(melodies)
    notes, some = sum(map(len, melodies)), sum(map(bool, melodies))
    count = right[place] * (notes, notes - some)[place]
    among = notes, notes - 1, notes - len(melodies), len(melodies)
    words = "this is divided by a number that is not that of the intervals; n notes of a melody have n - 1."
    found = {"a melody without an interval adds nothing, no 0 either.": _shares(melodies, empty=True)[place]}
    found |= {f"{words}{' ' * i}": count / max(n, 1) for i, n in enumerate(among)} if place else {}
    found |= {
        "this is a percentage; give a share between 0 and 1.": 100 * right[place],
        "this is a count; divide by all.": count,
        "this is the share of the others, such as black keys or wide intervals.": 1 - right[place],
    }
    for message, slip in (SHARE_SLIPS | ({} if place else OTHER_NUMBERS)).items():
        with contextlib.suppress(Exception):
            found[message] = _shares(melodies, **slip)[place]
    sizes = np.abs(np.concatenate([np.diff([p for *_, p in one]) for one in melodies]))
    octaves = [np.isin([p // 12 for *_, p in one], SCALE) for one in melodies]
    if place == 0:
        found["pitch // 12 is the octave; the place in it is pitch % 12."] = np.concatenate(octaves).mean()
    else:
        found["this is the mean size of the intervals; it is the share of the small ones."] = sizes.mean()
    for message, one in {
        "only the last melody counts.": melodies[-1:],
        "only the first melody counts.": melodies[:1],
    }.items():
        with contextlib.suppress(Exception):
            found[message] = _shares(one)[place]
    return found


def _ask(measures, place: int) -> None:
    """Ask for melodies of two notes: they show which notes and which intervals are counted."""
    pairs = [(60 + c, 60 + c) for c in range(12)] if place == 0 else [(70, 70 + d) for d in WAYS]
    try:
        told = [float(check.call(measures, melodies_of(pair))[place]) for pair in pairs]
    except Exception:
        return
    if place and np.isnan(told[WAYS.index(0)]) and not np.isnan(told).all():
        raise check.CheckError(f"{NAMES[1]}: a repeated note is an interval of 0, which is small.")
    if not set(told) <= {0.0, 1.0}:
        return
    if place == 0 and len(set(told)) == 1:
        return
    if place == 0:
        found, right = {c for c in range(12) if told[c]}, set(SCALE)
        told_as = next((message for message, one in SCALES.items() if one == found), "")
        missing, more = (", ".join(map(str, sorted(one))) for one in (right - found, found - right))
        parts = [f"{missing} missing"] * bool(missing) + [f"{more} too much"] * bool(more)
        words = told_as or f"of pitch % 12 in the scale, {' and '.join(parts)}."
    else:
        found, right = [bool(one) for one in told], [abs(d) <= LARGEST for d in WAYS]
        first = next((d for d, a, b in zip(WAYS, found, right, strict=True) if a != b), 0)
        way = f"{abs(first)} semitones {'down' if first < 0 else 'up'}"
        told_as = next((message for message, one in SMALL.items() if one == found), "")
        words = told_as or f"an interval of {way} is {'small' if abs(first) <= LARGEST else 'not small'}."
    check.require(found == right, f"{NAMES[place]}: {words}")


def check_measures(measures, melodies) -> None:
    """Hold both shares against NumPy."""
    found = check.several(check.call(measures, melodies), "share in the scale", "share of small intervals")
    right = _shares(melodies)
    with contextlib.suppress(TypeError, ValueError):
        exchanged = np.allclose(found, right[::-1]) and not np.allclose(*right)
        check.require(not exchanged, "The two results are exchanged: first the share of notes in the scale.")

    def mistakes(place: int) -> dict:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mean of nothing
            _ask(measures, place)
            return _share_mistakes(place, melodies)

    for place, name in enumerate(NAMES):
        check.close(found[place], right[place], name, mistakes=lambda place=place: mistakes(place))
