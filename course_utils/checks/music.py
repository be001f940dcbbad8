"""Checks of lesson 35, melodies: sound and tokens."""

import contextlib

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
    check.require(np.ndim(n) == 0, "`envelope` got an array; it takes a number of samples, n.")
    i = np.arange(int(n))
    return (1 + i % 7) * (n - i) / (3.0 * n)


def _frequency(pitch, a4=440.0, key=69, twelve=12, up=1, grow="power") -> float:
    """The frequency of a pitch, with popular slips as options."""
    way = up * (pitch - key)
    if grow == "linear":
        return a4 * 2 * way / twelve
    if grow == "floor":
        return a4 * 2.0 ** (way // twelve)
    return a4 * (np.e if grow == "e" else 2.0) ** (way / twelve)


def _sound(
    notes, steps, per_step, rate, loud=1.0, turn=2 * np.pi, first=1.0, second=0.5, double=2, time="own",
    envelope="times", peak=0.9, form=np.sin, place=None, span=None, late=0, per="melody", order=(0, 1, 2),
    cut=False, **slip,
) -> np.ndarray:  # fmt: skip
    """The wave, with its popular slips as options."""
    wave = np.zeros(steps * per_step)
    for note in notes:
        start, length, pitch = (note[i] for i in order)
        n, begin = length * (span or per_step), start * (place or per_step) + late
        i = np.arange(n)
        i = {"own": i, "on": i + start * per_step, "from 1": i + 1, "closed": i * n / max(n - 1, 1)}[time]
        angle = turn * _frequency(pitch, **slip) * i / rate
        tone = first * form(angle) + second * form(double * angle)
        if envelope in ("times", "plus"):
            a = loud * _lopsided(n)
            tone = a * tone if envelope == "times" else a + tone
        if per == "note":
            tone = 0.9 * tone / np.abs(tone).max()
        part = wave[begin : begin + n]
        part += (np.trunc(tone) if cut else tone)[: len(part)]
    if envelope == "whole":
        wave *= loud * _lopsided(len(wave))
    largest = np.abs(wave).max(initial=0)
    return wave if not peak or not largest or per == "note" else peak * wave / largest


SOUND_SLIPS = {
    "it is not scaled to a peak of 0.9.": {"peak": None},
    "its peak is 1; make it 0.9.": {"peak": 1.0},
    "the envelope is missing.": {"envelope": "none"},
    "time runs on from note to note; in the formula it starts at 0 with each note.": {"time": "on"},
    "time begins one sample late: t = 0 is the first.": {"time": "from 1"},
    "the 2π is missing.": {"turn": 1.0},
    "the frequency is half of what it should be. Is it 2π, and 440 Hz?": {"turn": np.pi},
    "the frequency is twice what it should be. Is the 2 there once, and 440 Hz?": {"turn": 4 * np.pi},
    "np.sin takes radians, not degrees: 2π, not 360.": {"turn": 360},
    "pitch 69 is 440 Hz, not pitch 60.": {"key": 60},
    "the pitch is not counted from 69.": {"key": 0},
    "higher pitches have lower frequencies there: it is pitch - 69.": {"up": -1},
    "an octave is 12 semitones.": {"twelve": 7},
    "the second sine has the weight ½.": {"second": 1.0},
    "the second sine, an octave higher, is missing.": {"second": 0.0},
    "the first sine has the weight 1, the second ½.": {"first": 0.5, "second": 1.0},
    "the second sine has twice the frequency, not four times.": {"double": 4},
    "the second sine has twice the frequency, not three times.": {"double": 3},
    "the second sine has twice the frequency, not half of it.": {"double": 0.5},
    "these are cosines; the formula has sines.": {"form": np.cos},
}
MORE_SOUND_SLIPS = {
    "start and length are exchanged: a note is (start, length, pitch).": {"order": (1, 0, 2)},
    "the envelope is put on the whole melody; each note has its own.": {"envelope": "whole"},
    "the envelope is added; multiply by it.": {"envelope": "plus"},
    "a note begins at sample start · samples_per_step, not at sample start.": {"place": 1},
    "a note has length · samples_per_step samples, not `length` samples.": {"span": 1},
    "t runs to the end of the note; it is np.arange(n) / rate.": {"time": "closed"},
    "the frequency is 440 · 2 to the power of (pitch - 69) / 12; there is no power.": {"grow": "linear"},
    "// cuts the exponent to whole octaves: divide by /.": {"grow": "floor"},
    "the base of the power is 2, not e.": {"grow": "e"},
    "the second sine has the weight ½, not ¼.": {"second": 0.25},
    "each note is scaled by itself; scale the whole melody once.": {"per": "note"},
    "all begins one sample late.": {"late": 1},
    "the notes are cut to whole numbers: the array that holds them needs dtype=float.": {"cut": True},
}


def _sound_mistakes(answer, notes, steps, per_step, rate, loud) -> dict:
    args = notes, steps, per_step, rate, loud

    def make(**slip):
        return _sound(*args, **slip)

    found = dict(check.slips(make, SOUND_SLIPS))
    for message, slip in MORE_SOUND_SLIPS.items():
        with contextlib.suppress(Exception):
            found.setdefault(message, make(**slip))
    others = {16_000: "the rate is an argument.", 2400: "samples_per_step is an argument."}
    others |= {per_step: "t = np.arange(n) / rate; it is divided by samples_per_step.", 1: "t is not divided by rate."}
    found |= {words: _sound(*args[:3], other, loud) for other, words in others.items()}
    found["the loudest parts are cut off; scale all by one factor."] = np.clip(make(peak=None), -0.9, 0.9)
    found["only the last note sounds."] = _sound(notes[-1:], *args[1:])
    found["only the first note sounds."] = _sound(notes[:1], *args[1:])
    found["the last note is missing."] = _sound(notes[:-1], *args[1:])
    value, right = np.asarray(answer, dtype=float), make()
    if value.shape == right.shape and np.abs(value).max(initial=0) > 0:
        largest = np.abs(value).max()
        if np.allclose(0.9 * value / largest, right, atol=2e-3):
            words = f"only its scale is wrong: the largest magnitude, np.abs(wave).max(), is {largest:.3g}, not 0.9."
            found = {message: one for message, one in found.items() if "peak" in message} | {words: value}
    return found


def check_render(render, notes, steps: int, per_step: int, rate: int, loud: float = 1.0) -> None:
    """Hold a wave against NumPy, and its form against what a player wants.

    Args:
        render: the learner's function.
        notes, steps, per_step, rate: what it takes.
        loud: a factor of the envelope, which no wave shows after it was scaled.
    """
    answer = check.call(render, notes, lambda n: loud * _lopsided(n), steps, per_step, rate)
    single = not isinstance(answer, tuple)
    check.require(single, "the wave: a tuple was returned; return the wave alone.")
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
            _complain_of_size(value, notes, size, per_step)
    args = notes, steps, per_step, rate, loud
    right = _sound(*args)
    check.close(answer, right, "the wave", rtol=2e-3, mistakes=lambda: _sound_mistakes(answer, *args))
    check.require(value.dtype == np.float32, f"the wave: expected float32, got {value.dtype}.")


def _complain_of_size(value, notes, size, per_step) -> None:
    silent = f"A melody without a note is {size} zeros, steps · samples_per_step; its wave has the shape {value.shape}."
    check.require(notes, silent)
    rests = value.shape == (sum(length for _, length, _ in notes) * per_step,)
    check.require(not rests, "The rests are missing: each note begins at its own start, not after the one before.")
    end = max(start + length for start, length, _ in notes)
    late = "The silence after the last note is missing" if value.shape == (end * per_step,) else "The size is wrong"
    check.require(
        value.ndim != 1, f"{late}: the wave has {value.size} samples, expected steps · samples_per_step = {size}."
    )


# ---- tokens ----------------------------------------------------------------------------------


def _tokens(notes, steps) -> np.ndarray:
    """The tokens of notes."""
    sounds, tokens = np.zeros(steps, bool), np.zeros(steps, int)
    for start, length, pitch in notes:
        sounds[start : start + length] = True
        tokens[start] = FIRST + pitch - LOWEST
    tokens[~sounds & np.concatenate([[True], sounds[:-1]])] = OFF
    return tokens


def _written(
    notes,
    steps,
    off="once",
    shift=FIRST,
    low=LOWEST,
    lead=True,
    tail=True,
    late=0,
    mark=OFF,
    hold=HOLD,
    order=(0, 1, 2),
) -> np.ndarray:
    """The tokens as popular slips write them, one note after the other."""
    at, ends, silent = {0: mark} if lead and off else {}, {}, set(range(steps))
    for note in notes:
        start, length, pitch = (note[i] for i in order)
        at[start] = shift + (pitch % 12 if low == "octave" else pitch - low)
        silent -= set(range(start, start + length))
        if off in ("once", "over") and (tail or note != notes[-1]):
            (ends if off == "over" else at)[start + length + late] = mark
    if off == "all":
        ends = dict.fromkeys(silent, mark)
    at |= ends
    return np.array([at.get(i, hold) for i in range(steps)])


TOKEN_SLIPS = {
    "a melody that begins with silence begins with a note-off.": {"lead": False},
    "a rest has no token, so the note before it would go on: its first step is a note-off, 1.": {"off": "first"},
    "there is no note-off; the first step of each silence has one, 1.": {"off": None},
    "every silent step has a note-off; only the first one has, the others are holds.": {"off": "all"},
    "where a note ends and the next begins, the next note's token must stay; a note-off is written over it.": {
        "off": "over"
    },
    "the note-off stands on the note's last step; it belongs on the step after it.": {"late": -1},
    "the note-off stands one step late; it belongs on the first step of the silence.": {"late": 1},
    "a note's token is 2 + pitch - 55; the 2 is missing.": {"shift": 0},
    "a note's token is 2 + pitch - 55; it is one too small.": {"shift": 1},
    "a note's token is 2 + pitch - 55; it is one too large.": {"shift": 3},
    "the pitch itself stands there; a note's token is 2 + pitch - 55.": {"shift": 0, "low": 0},
    "a note's token is 2 + pitch - 55; the 55 is missing.": {"low": 0},
    "a note's token is 2 + pitch - 55; pitches of different octaves have different tokens.": {"low": "octave"},
    "the silence after the last note needs a note-off, too.": {"tail": False},
    "the note-off is 1.": {"mark": -1},
    "hold and note-off are exchanged: 0 is the hold, 1 the note-off.": {"mark": 0, "hold": 1},
    "a hold is 0.": {"hold": -1},
    "start and length are exchanged: a note is (start, length, pitch).": {"order": (1, 0, 2)},
}


def check_to_tokens(to_tokens, notes, steps: int) -> None:
    """Hold the tokens of one melody against another way of computing them."""
    answer = check.call(to_tokens, notes, steps)
    right = _tokens(notes, steps)
    filled = right.copy()
    for start, length, _ in notes:
        filled[start : start + length] = filled[start]
    mistakes = check.slips(lambda **slip: _written(notes, steps, **slip), TOKEN_SLIPS)
    mistakes["the note's token is repeated while it lasts; a step in which it goes on is a hold, 0."] = filled
    shape = check.array(answer, "the tokens").shape
    if shape != (steps,):
        check.require(shape != (16,), f"the tokens: there are 16, expected {steps}: `steps` is an argument.")
        check.require(len(shape) == 1, f"the tokens: the shape is {shape}; each step has one whole number, ({steps},).")
        few = f"the tokens: there are {shape[0]}, expected {steps}: every step has one, the silent ones, too."
        check.require(False, few)
    check.close(answer, right, "the tokens", rtol=0, mistakes=mistakes)
    check.array(answer, "the tokens", shape=(steps,), kind="integer")


def _spans(
    tokens, first="drop", off=True, length=0, shift=FIRST, low=LOWEST, last=True, until=None, merge=False, lowest=FIRST
) -> list:
    """The notes of tokens, with popular slips as options."""
    tokens = np.asarray(tokens)
    events = [i for i, token in enumerate(tokens) if token != HOLD and (off is True or token != OFF)]
    if merge:
        events = [i for i in events if i == 0 or tokens[i] != tokens[i - 1]]
    size, found = len(tokens) if until is None else until, []
    for i, end in zip(events, [*events[1:], size], strict=False):
        if off == "alone":
            end = next((j for j in range(i + 1, len(tokens)) if tokens[j] == OFF), len(tokens))
        if tokens[i] >= lowest and (last or end < len(tokens)):
            found.append((i, 1 if length == "one" else end - i + length, tokens[i] - shift + low))
    return found


NOTE_SLIPS = {
    "a note-off does not end the note before it.": {"off": False},
    "a note ends at the next token that is no hold, another note's, too.": {"off": "alone"},
    "the last note is missing: at the end of the melody it ends, too.": {"last": False},
    "the last note ends at step 16; it ends with the tokens, whose number may be another.": {"until": 16},
    "two equal notes after each other are two: each has its token.": {"merge": True},
    "token 2 is a note, too, of pitch 55.": {"lowest": FIRST + 1},
    "the lengths are one step too short.": {"length": -1},
    "the lengths are one step too long.": {"length": 1},
    "every note has the length 1; holds make it longer.": {"length": "one"},
    "the pitches are two too high: token 2 is pitch 55.": {"shift": 0},
    "the pitches are one too high: token 2 is pitch 55.": {"shift": 1},
    "the pitches are one too low: token 2 is pitch 55.": {"shift": 3},
    "the pitches are two too low: token 2 is pitch 55.": {"shift": 4},
    "token 2 is pitch 55, not 0: add it.": {"low": 0},
    "the tokens themselves stand in the place of the pitches.": {"shift": 0, "low": 0},
}


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
    name = f"the notes of {tokens.tolist()}" if len(tokens) < 12 else "the notes"
    answer = triples(check.call(to_notes, tokens), "the notes")

    def make(**slip):
        return np.array(_spans(tokens, **slip), dtype=int).reshape(-1, 3)

    right = make()
    start, length, pitch = right.T
    told = check.slips(make, NOTE_SLIPS) | {
        "the last note is one step too short: it lasts to the end.": make(until=len(tokens) - 1),
        "start and length are exchanged.": right[:, [1, 0, 2]],
        "the pitch comes last: (start, length, pitch).": right[:, [2, 0, 1]],
        "start and end stand there; the second number is the length.": np.stack([start, start + length, pitch], 1),
        "start and last step stand there; the second number is the length.": np.stack(
            [start, start + length - 1, pitch], axis=1
        ),
        "the first step is 0, not 1.": right + [1, 0, 0],
        "they are sorted by pitch; the order is that of time.": right[np.argsort(pitch, kind="stable")],
        "the order is reversed; it is that of time.": right[::-1],
        "only the first note came back. Does `return` stand inside the loop?": right[:1],
    }
    if answer.shape != right.shape:
        none = len(right) and not len(answer)
        check.require(
            not none,
            f"{name}: no note came back. Does `return` stand inside the loop, or does the first note-off end it?",
        )
        offs = np.isin(answer[:, 2], [OFF - FIRST + LOWEST, OFF, HOLD, HOLD - FIRST + LOWEST]).any()
        check.require(not offs, f"{name}: a note-off or a hold was taken for a note. Notes have tokens of 2 and more.")
    check.close(answer, right, name, rtol=0, mistakes=told)


def check_round_trip(to_tokens, to_notes, seed: int, steps: int = 16) -> None:
    """Notes of tokens of notes are the notes."""
    notes = melody(seed, steps)
    tokens = check.array(check.call(to_tokens, notes, steps), "the tokens", shape=(steps,))
    back = triples(check.call(to_notes, tokens), "the notes")
    check.close(back, np.array(notes), "the notes, made tokens and notes again", rtol=0)
