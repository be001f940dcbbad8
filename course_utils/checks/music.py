"""Checks of lesson 35, melodies: sound, tokens and what is measured of melodies."""

import numpy as np

from course_utils import check

HOLD, OFF, FIRST, LOWEST = 0, 1, 2, 55  # the tokens, and the pitch of token 2


def melody(seed, steps: int, rests: bool = True) -> list[tuple[int, int, int]]:
    """Random notes (start, length, pitch) of a melody, some after others without a rest."""
    rng = np.random.default_rng(seed)
    notes, at = [], int(rng.integers(0, 3)) if rests else 0
    while at < steps:
        length = int(min(rng.integers(1, 4), steps - at))
        notes.append((at, length, int(rng.integers(55, 89))))
        at += length + (int(rng.integers(0, 3)) if rests and rng.random() < 0.4 else 0)
    return notes


# ---- sound -----------------------------------------------------------------------------------


def _lopsided(n: int) -> np.ndarray:
    """An envelope that depends on the length of the note, and is like no other."""
    i = np.arange(n)
    return (1 + i % 7) * (n - i) / (3.0 * n)


def _sound(notes, steps, per_step, rate, **slip) -> np.ndarray:
    """The wave, with its popular slips as options."""
    o = dict(a4=440.0, key=69, twelve=12, turn=2 * np.pi, second=0.5, double=2, fresh=True, envelope=True, peak=0.9)
    o.update(slip)
    wave = np.zeros(steps * per_step)
    for start, length, pitch in notes:
        n = length * per_step
        place = np.arange(start * per_step, start * per_step + n)
        t = (np.arange(n) if o["fresh"] else place) / rate
        f = o["a4"] * 2.0 ** ((pitch - o["key"]) / o["twelve"])
        tone = np.sin(o["turn"] * f * t) + o["second"] * np.sin(o["double"] * o["turn"] * f * t)
        wave[place] += tone * (_lopsided(n) if o["envelope"] else 1)
    largest = np.abs(wave).max(initial=0)
    return wave if not o["peak"] or not largest else o["peak"] * wave / largest


def check_render(render, notes, steps: int, per_step: int, rate: int) -> None:
    """Hold a wave against NumPy, and its form against what a player wants."""
    answer = check.call(render, notes, _lopsided, steps, per_step, rate)
    value = np.asarray(answer) if answer is not None else None
    size = steps * per_step
    if value is not None and value.dtype.kind == "f":
        check.require(
            not np.isnan(value).any(),
            "The wave holds NaN. A melody without a note has the largest magnitude 0: do not divide by it.",
        )
        stacked = value.ndim == 2 and 1 in value.shape
        check.require(not stacked, f"The wave has the shape {value.shape}. One channel is one axis: ({size},).")
        if value.shape != (size,):
            sounding = sum(length for _, length, _ in notes) * per_step
            rests = value.shape == (sounding,)
            check.require(
                not rests, "The rests are missing: each note begins at its own start, not after the one before."
            )
            check.require(
                value.ndim != 1, f"The wave has {value.size} samples, expected steps · samples_per_step = {size}."
            )
    args = notes, steps, per_step, rate
    mistakes = check.slips(
        lambda **slip: _sound(*args, **slip),
        {
            "it is not scaled to a peak of 0.9.": {"peak": None},
            "its peak is 1; make it 0.9.": {"peak": 1.0},
            "the envelope is missing.": {"envelope": False},
            "time runs on from note to note; in the formula it starts at 0 with each note.": {"fresh": False},
            "the 2π is missing.": {"turn": 1.0},
            "2π is there, but only half of it.": {"turn": np.pi},
            "pitch 69 is 440 Hz, not pitch 60.": {"key": 60},
            "the pitch is not counted from 69.": {"key": 0},
            "an octave is 12 semitones.": {"twelve": 7},
            "the second sine has the weight ½.": {"second": 1.0},
            "the second sine, an octave higher, is missing.": {"second": 0.0},
            "the second sine has twice the frequency, not four times.": {"double": 4},
        },
    )
    mistakes["only the last note sounds."] = lambda: _sound(notes[-1:], *args[1:])
    mistakes["the last note is missing."] = lambda: _sound(notes[:-1], *args[1:])
    check.close(answer, _sound(*args), "the wave", rtol=2e-3, mistakes=mistakes)
    check.require(value.dtype == np.float32, f"the wave: expected float32, got {value.dtype}.")


# ---- tokens ----------------------------------------------------------------------------------


def _tokens(notes, steps, off="once", shift=FIRST, low=LOWEST, lead=True, tail=True) -> np.ndarray:
    """The tokens of notes, with popular slips as options."""
    sounds = np.zeros(steps, bool)
    tokens = np.zeros(steps, int)
    for start, length, pitch in notes:
        sounds[start : start + length] = True
        tokens[start] = shift + pitch - low
    ends = np.flatnonzero(~sounds & np.concatenate([[True], sounds[:-1]]))
    if off == "all":
        ends = np.flatnonzero(~sounds)
    if off == "first":
        ends = ends[ends == 0]
    last = max((start + length for start, length, _ in notes), default=0)
    for end in ends if off else ():
        if (lead or end) and (tail or end < last):
            tokens[end] = OFF
    return tokens


def check_to_tokens(to_tokens, notes, steps: int) -> None:
    """Hold the tokens of one melody against another way of computing them."""
    answer = check.call(to_tokens, notes, steps)
    options = {
        "a rest has no token, so the note before it would go on: its first step is a note-off, 1.": {"off": "first"},
        "there is no note-off; the first step of each silence has one, 1.": {"off": None},
        "every silent step has a note-off; only the first one has, the others are holds.": {"off": "all"},
        "a note's token is 2 + pitch - 55; the 2 is missing.": {"shift": 0},
        "a note's token is 2 + pitch - 55; it is one too small.": {"shift": 1},
        "the pitch itself stands there; a note's token is 2 + pitch - 55.": {"shift": 0, "low": 0},
        "a note's token is 2 + pitch - 55; the 55 is missing.": {"low": 0},
        "a melody that begins with silence begins with a note-off.": {"lead": False},
        "the silence after the last note needs a note-off, too.": {"tail": False},
    }
    mistakes = check.slips(lambda **slip: _tokens(notes, steps, **slip), options)
    right = _tokens(notes, steps)
    filled = right.copy()
    for start, length, _ in notes:
        filled[start : start + length] = filled[start]
    mistakes["the note's token is repeated while it lasts; a step in which it goes on is a hold, 0."] = filled
    check.close(answer, right, "the tokens", rtol=0, mistakes=mistakes)
    check.array(answer, "the tokens", shape=(steps,), kind="integer")


def _spans(tokens, first="drop", off=True, length=0, shift=FIRST, low=LOWEST, last=True) -> list:
    """The notes of tokens, with popular slips as options."""
    tokens = np.asarray(tokens)
    events = [i for i, token in enumerate(tokens) if token != HOLD and (off or token != OFF)]
    found = []
    for i, end in zip(events, [*events[1:], len(tokens)], strict=False):
        if tokens[i] >= FIRST and (last or end < len(tokens)):
            found.append((i, 1 if length == "one" else end - i + length, tokens[i] - shift + low))
    return found


def triples(value, name: str) -> np.ndarray:
    """A learner's list of notes as an integer array (n, 3)."""
    check.require(value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    form = f"{name}: expected a list of (start, length, pitch), got {type(value).__name__}."
    check.require(isinstance(value, list | tuple | np.ndarray), form)
    wrong = f"{name}: each note is (start, length, pitch), three whole numbers."
    for note in value:
        check.require(np.shape(note) == (3,), wrong)
    if not len(value):
        return np.zeros((0, 3), int)
    return check.array([tuple(note) for note in value], name, shape=(None, 3), kind="integer")


def check_to_notes(to_notes, tokens) -> None:
    """Hold the notes of any tokens against another way of computing them."""
    tokens = np.asarray(tokens)
    name = "the notes"
    answer = triples(check.call(to_notes, tokens), name)
    options = {
        "a note-off does not end the note before it.": {"off": False},
        "the last note is missing: at the end of the melody it ends, too.": {"last": False},
        "the lengths are one step too short.": {"length": -1},
        "the lengths are one step too long.": {"length": 1},
        "every note has the length 1; holds make it longer.": {"length": "one"},
        "the pitches are two too high: token 2 is pitch 55.": {"shift": 0},
        "the pitches are one too high: token 2 is pitch 55.": {"shift": 1},
        "token 2 is pitch 55, not 0: add it.": {"low": 0},
        "the tokens themselves stand in the place of the pitches.": {"shift": 0, "low": 0},
    }
    mistakes = check.slips(lambda **slip: np.array(_spans(tokens, **slip)).reshape(-1, 3), options)
    right = np.array(_spans(tokens), dtype=int).reshape(-1, 3)
    told = mistakes | {
        "start and length are exchanged.": right[:, [1, 0, 2]],
        "start and end stand there; the second number is the length.": right + np.outer(right[:, 0], [0, 1, 0]),
    }
    if answer.shape != right.shape:
        offs = np.isin(answer[:, 2], [OFF - FIRST + LOWEST, OFF, HOLD, HOLD - FIRST + LOWEST]).any()
        check.require(not offs, f"{name}: a note-off or a hold was taken for a note. Notes have tokens of 2 and more.")
    check.close(answer, right, f"{name} of {tokens.tolist()}" if len(tokens) < 12 else name, rtol=0, mistakes=told)


def check_round_trip(to_tokens, to_notes, seed: int, steps: int = 16) -> None:
    """Notes of tokens of notes are the notes."""
    notes = melody(seed, steps)
    tokens = check.array(check.call(to_tokens, notes, steps), "the tokens", shape=(steps,))
    back = triples(check.call(to_notes, tokens), "the notes")
    check.close(back, np.array(notes), "the notes, made tokens and notes again", rtol=0)


# ---- measures --------------------------------------------------------------------------------


def _measures(
    melodies, scale=(0, 2, 4, 5, 7, 9, 11), largest=4, sign=True, how="pooled", ends=True, shift=0, repeats=True
):
    """Share of notes in the scale and share of small intervals, with popular slips as options."""
    lines = [np.array([pitch for _, _, pitch in notes]) for notes in melodies]
    if how == "across":
        lines = [np.concatenate(lines)]
    inside = [np.isin((line + shift) % 12, scale) for line in lines]
    gaps = [np.abs(np.diff(line)) if sign else np.diff(line) for line in lines]
    small = [(gap <= largest if ends else gap < largest) & (repeats | (gap != 0)) for gap in gaps]
    if how == "means":
        return np.mean([one.mean() for one in inside]), np.mean([one.mean() for one in small if len(one)])
    return np.concatenate(inside).mean(), np.concatenate(small).mean()


def check_measures(measures, melodies) -> None:
    """Hold both shares against NumPy."""
    found = check.several(check.call(measures, melodies), "share in the scale", "share of small intervals")
    right = _measures(melodies)
    slips = {
        "the melodies are averaged one by one; count the notes of all together.": {"how": "means"},
        "an interval from the last note of one melody to the first of the next is counted.": {"how": "across"},
        "intervals downwards are negative: take their size.": {"sign": False},
        "an interval of exactly 4 counts as small, too.": {"ends": False},
        "an interval of 5 is not small.": {"largest": 5},
        "a repeated note is an interval of 0, which is small.": {"repeats": False},
        "the minor scale on C is used; C, D, E, F, G, A, B have 0, 2, 4, 5, 7, 9, 11.": {
            "scale": (0, 2, 3, 5, 7, 8, 10)
        },
        "B, which is 11, is missing in the scale.": {"scale": (0, 2, 4, 5, 7, 9)},
        "pitches are counted from 55 there; C is where pitch % 12 is 0.": {"shift": -55},
        "pitch % 12 is 0 for C, not for A.": {"shift": -9},
    }
    names = "the share of notes in the scale", "the share of small intervals"
    for place, name in enumerate(names):
        mistakes = {
            "the two results are exchanged.": right[1 - place],
            "this is a percentage; give a share between 0 and 1.": 100 * right[place],
            "this is a count; divide by all.": right[place]
            * (sum(map(len, melodies)) - place * sum(map(bool, melodies))),
            "this is the share of the others, such as black keys or wide intervals.": 1 - right[place],
        }
        mistakes = mistakes | check.slips(lambda p=place, **slip: _measures(melodies, **slip)[p], slips)
        check.close(found[place], right[place], name, mistakes=mistakes)
