"""Checks of lesson 35, melodies: what is measured of them."""

import contextlib
import warnings
from itertools import combinations, pairwise

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
    gaps = [np.diff(np.sort(line) if gap == "sorted" else line % 12 if gap == "class" else line) for line in lines]
    if gap == "first":
        gaps = [line[1:] - line[:1] for line in lines]
    if gap == "second":
        gaps = [line[2:] - line[:-2] for line in lines]
    if gap == "round":
        gaps = [line - np.roll(line, 1) for line in lines]
    if gap == "all":
        gaps = [np.array([b - a for a, b in combinations(line, 2)], int) for line in lines]
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
    "the notes are sorted by pitch; an interval is between a note and the next one in time.": {"gap": "sorted"},
    "intervals are between pitches, not between pitch % 12.": {"gap": "class"},
    "from the last note of a melody to its first there is no interval; in Python, index -1 is the last.": {
        "gap": "round"
    },
    "every pair of notes is counted; an interval is between a note and the next one.": {"gap": "all"},
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


def _many(seed: int) -> list:
    """So many melodies that slips do not give the same shares; some are empty or have one note."""
    rng = np.random.default_rng(seed)
    melodies = []
    for _ in range(200):
        n = int(rng.integers(0, 9))
        lengths = rng.integers(1, 9, n)
        starts = np.cumsum(lengths + rng.integers(0, 3, n)) - lengths
        pitches = 70 + np.cumsum(rng.integers(-9, 10, n))
        melodies.append(list(zip(starts.tolist(), lengths.tolist(), pitches.tolist(), strict=True)))
    return melodies


def _tell_apart(measures, place: int) -> None:
    """Name a known slip by many melodies; of few, several slips may give the same share."""
    named = []
    for seed in (1, 2):
        melodies = _many(seed)
        try:
            found = float(check.several(check.call(measures, melodies), "", "")[place])
            if np.isnan(found):  # of melodies without an interval, which is told elsewhere
                melodies = [one for one in melodies if len(one) > 1]
                found = float(check.several(check.call(measures, melodies), "", "")[place])
        except Exception:
            return
        right, known = _shares(melodies)[place], _share_mistakes(place, melodies)
        for message, slip in OTHER_NUMBERS.items():
            known[message] = _shares(melodies, **slip)[place]
        named.append([words for words, one in known.items() if abs(one - right) > 1e-6 > abs(found - one)])
    words = next((words for words in named[0] if words in named[1]), "")
    check.require(not words, f"{NAMES[place]}: {words}")


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
    if len(set(told)) == 1 and (place == 0 or told[0] == 0):
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


def _by_example(measures, place: int) -> str:
    """A small change of melodies that should not matter and does, or a small melody that shows what is wrong."""
    two = melodies_of((60, 61, 64, 72), (65, 59, 66))

    def ask(melodies) -> float:
        return float(check.several(check.call(measures, melodies), "", "")[place])

    longer = [[(start, length + 1, pitch) for start, length, pitch in notes] for notes in two]
    later = [[(start * 2, length, pitch) for start, length, pitch in notes] for notes in two]
    same = {
        "an empty melody changes it; it has no note and no interval.": [*two, []],
        "a melody moved by an octave changes it.": [[(s, n, p + 12) for s, n, p in notes] for notes in two],
        "the lengths of the notes change it; only the pitches count.": longer,
        "the starts of the notes change it; only the pitches and their order count.": later,
        "the order of the melodies changes it.": two[::-1],
    }
    if place:
        same["a melody of one note changes it; there is no interval in it."] = [*two, [(0, 1, 61)]]
    for words, melodies in same.items():
        if not np.isclose(ask(two), ask(melodies)):
            return words
    for i in range(4 - place):
        line = [60, 60, 60, 60]
        if place:
            line[i + 1 :] = [72] * (3 - i)
        else:
            line[i] = 61
        found = ask(melodies_of(line))
        what = f"note {i} is not in the scale" if place == 0 else f"the interval after note {i} is wide"
        if not np.isclose(found, (3 - place) / (4 - place)):
            return f"of the pitches {line} only {what}: the share is {3 - place}/{4 - place}, got {found:.3g}."
    if place == 0 and not np.isclose(ask([*two, [(0, 1, 61)]]), (_shares(two)[0] * 7) / 8):
        return "the note of a melody that has no other counts as every note does."
    lines = melodies_of((60, 61), (60, 72, 60, 72, 61))
    if not np.isclose(ask(lines), _shares(lines)[place]):
        return f"of two melodies with 2 and 5 notes it is {ask(lines):.3g}, expected {_shares(lines)[place]:.3g}."
    return ""


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
            _tell_apart(measures, place)
            _ask(measures, place)
            words = ""
            with contextlib.suppress(Exception):
                words = _by_example(measures, place)
            check.require(not words, f"{NAMES[place]}: {words}")
            return _share_mistakes(place, melodies)

    for place, name in enumerate(NAMES):
        check.close(found[place], right[place], name, mistakes=lambda place=place: mistakes(place))
