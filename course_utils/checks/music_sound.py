"""Checks of lesson 35, melodies: sound."""

import contextlib

import numpy as np

from course_utils import check


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
        n, begin = length * (span or per_step), start * (per_step if place is None else place) + late
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
    "all notes begin at sample 0; each begins at its start.": {"place": 0},
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


def _sound_mistakes(notes, steps, per_step, rate, loud) -> dict:
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
    return found


def check_render(render, notes, steps: int, per_step: int, rate: int, loud: float = 1.0) -> None:
    """Hold a wave against NumPy, and its form against what a player wants.

    Args:
        render: the learner's function.
        notes, steps, per_step, rate: what it takes.
        loud: a factor of the envelope, which no wave shows after it was scaled.
    """
    asked = []

    def envelope(n):
        asked.append(n)
        return loud * _lopsided(n)

    try:
        answer = check.call(render, notes, envelope, steps, per_step, rate)
    except check.CheckError as error:
        raise check.CheckError(f"{error} {_of_envelope(asked, notes, per_step)}".strip()) from None
    single = not isinstance(answer, tuple)
    check.require(single, "the wave: a tuple was returned; return the wave alone.")
    value = np.asarray(answer) if answer is not None else None
    size = steps * per_step
    if value is not None and value.dtype.kind == "f":
        check.require(
            not np.isnan(value).any(),
            "The wave holds NaN. A melody without a note has the largest magnitude 0: do not divide by it.",
        )
        stacked = value.ndim == 2
        check.require(not stacked, f"The wave has the shape {value.shape}. One channel is one axis: ({size},).")
        if value.shape != (size,):
            _complain_of_size(value, notes, size, per_step)
    args = notes, steps, per_step, rate, loud
    right = _sound(*args)

    def look() -> str:
        return _of_scale(value, right) or _of_envelope(asked, notes, per_step) or _heard(render, value, *args)

    check.close(answer, right, "the wave", rtol=2e-3, mistakes=lambda: _sound_mistakes(*args), otherwise=look)
    check.require(value.dtype == np.float32, f"the wave: expected float32, got {value.dtype}.")


def _of_scale(value, right) -> str:
    """Is the wave right but for one factor?"""
    largest = np.abs(value).max(initial=0)
    if value.shape != right.shape or not largest or not np.allclose(0.9 * value / largest, right, atol=2e-3):
        return ""
    return f"only its scale is wrong: the largest magnitude, np.abs(wave).max(), is {largest:.3g}, not 0.9."


def _of_envelope(asked: list, notes, per_step: int) -> str:
    """Was the envelope asked for as many samples as a note has?"""
    sizes = sorted({length * per_step for _, length, _ in notes})
    asked = [n for n in asked if np.ndim(n) == 0]
    strange = [n for n in asked if n not in sizes]
    never = [n for n in sizes if asked and n not in asked]
    if never and not strange:
        note = next(note for note in notes if note[1] * per_step == never[0])
        return f"`envelope` was not asked for {never[0]} samples, as the note {note} has. Each note has one for all its steps."
    if not strange or not sizes:
        return ""
    has = " or ".join(map(str, sizes[:3]))
    return f"`envelope` was asked for {strange[0]} samples. A note has length · samples_per_step of them, here {has}."


def _heard(render, value, notes, steps, per_step, rate, loud) -> str:
    """What is wrong with a wave that no known slip gives, in words, or nothing."""
    with contextlib.suppress(Exception):
        raw = _sound(notes, steps, per_step, rate, loud, peak=None)
        parts = [slice(start * per_step, (start + length) * per_step) for start, length, _ in notes]
        silent = np.ones(len(raw), bool)
        for part in parts:
            silent[part] = False
        found = np.flatnonzero(silent & (np.abs(value) > 1e-6))
        if len(found):
            return (
                f"sample {found[0]} is {value[found[0]]:.3g}, but no note sounds there: it is 0. Was something added to "
                "the whole wave, or does a note begin or end elsewhere?"
            )
        return _of_tone(render) or _of_notes(value, raw, notes, parts)
    return ""


def _of_notes(value, raw, notes, parts) -> str:
    """Which notes are wrong, or are they wrong beside each other?"""
    close = 1e-3 * np.abs(value).max()
    factors = [raw[part] @ value[part] / (raw[part] @ raw[part]) for part in parts]
    fits = [np.allclose(value[p], f * raw[p], atol=close) for p, f in zip(parts, factors, strict=True)]
    if all(fits) and min(factors) > 0 and np.ptp(factors) > 1e-3 * max(factors):
        return (
            "each note is right by itself, but some are too loud beside the others: take the envelope as it is, and scale "
            "the whole melody by one factor, after its last note."
        )
    if any(fits) and not all(fits):
        wrong, right = notes[fits.index(False)], notes[fits.index(True)]
        return f"the note {wrong} is wrong, others are right, such as {right}."
    return ""


def _rest(wave, turns) -> tuple[np.ndarray, float]:
    """The heights of sine and cosine and of those an octave higher in a wave, and what they leave."""
    angle = 2 * np.pi * turns
    columns = np.stack([form(m * angle) for m in (1, 2) for form in (np.sin, np.cos)], axis=1)
    heights = np.linalg.lstsq(columns, wave, rcond=None)[0]
    return heights, np.abs(columns @ heights - wave).max()


def _of_tone(render) -> str:
    """Listen to single notes: their frequency, their two sines, their envelope."""
    n, rate = 4000, 8000
    t = np.arange(n) / rate

    def ask(pitch, envelope) -> np.ndarray:
        return np.asarray(check.call(render, [(0, 1, pitch)], envelope, 1, n, rate), dtype=float)

    flat = {pitch: ask(pitch, lambda size: np.ones(int(size))) for pitch in (69, 81, 76)}
    for pitch, wave in flat.items():
        size = np.abs(np.fft.rfft(wave * np.hanning(n), 16 * n))
        size[:80] = 0  # below 10 Hz
        found, wanted = size.argmax() * rate / (16 * n), _frequency(pitch)
        if abs(found - wanted) > 2:
            return (
                f"a note of pitch {pitch} sounds at {found:.0f} Hz, expected {wanted:.0f} Hz. Look at the frequency, and "
                "at t: it is in seconds, and its samples are 1 / rate apart."
            )
    found = min(np.linspace(-2, 2, 201), key=lambda off: _rest(flat[76], (_frequency(76) + off) * t)[1])
    if abs(found) > 0.1:
        wanted = _frequency(76)
        return f"a note of pitch 76 sounds at {wanted + found:.2f} Hz, expected {wanted:.2f} Hz. Is it rounded?"
    turn = 2 * np.pi * 440 * t
    (first, cos, second, cos_2), rest = _rest(flat[69], 440 * t)
    if rest > 0.01:
        return "with an envelope of ones, a note is no sum of two sines, one of them an octave higher."
    if abs(cos) + abs(cos_2) > 0.01:
        return "a sine does not begin at 0 where its note begins."
    if abs(second / first - 0.5) > 0.01:
        return f"the second sine has {second / first:.3g} times the height of the first; it is ½."
    fades, tone = np.linspace(1, 0, n), np.sin(turn) + 0.5 * np.sin(2 * turn)
    wave = ask(69, lambda size: np.linspace(1, 0, int(size)))
    whole = 0.9 * fades * tone / np.abs(fades * tone).max()
    if not np.allclose(wave, whole, atol=0.01):
        return "with an envelope of ones a note is right, with another it is not: the envelope multiplies both sines."
    return ""


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
