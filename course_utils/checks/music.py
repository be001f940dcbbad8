"""Checks of lesson 35, melodies: tokens."""

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
    if lead == "always":
        at[0] = mark
    return np.array([at.get(i, hold) for i in range(steps)])


TOKEN_SLIPS = {
    "a melody that begins with silence begins with a note-off.": {"lead": False},
    "step 0 is made a note-off, though a note begins there.": {"lead": "always"},
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
    look = lambda: _at_step(np.asarray(answer), right, notes)  # noqa: E731
    check.close(answer, right, "the tokens", rtol=0, mistakes=mistakes, otherwise=look)
    check.array(answer, "the tokens", shape=(steps,), kind="integer")


def _at_step(tokens, right, notes) -> str:
    """The first step with a wrong token, and what happens there, in words."""
    i = int(np.flatnonzero(tokens != right)[0])
    before = [token for token in right[:i] if token != HOLD]
    if right[i] >= FIRST:
        words = f"a note of pitch {right[i] - FIRST + LOWEST} begins there, so it is {right[i]}"
    elif right[i] == OFF:
        words = "silence begins there, so it is the note-off, 1"
    else:
        words = f"what was before goes on there, a {'silence' if before[-1] == OFF else 'note'}, so it is the hold, 0"
    begins = f" of {notes}" if len(notes) < 4 else ""
    return f"the token of step {i}{begins} is {tokens[i]:.6g}; {words}."


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
        "three lists stand there, of the starts, lengths and pitches; each note is one triple.": right.T,
        "only the first note came back. Does `return` stand inside the loop, or does a note-off end it?": right[:1],
    }
    if answer.shape != right.shape:
        none = len(right) and not len(answer)
        check.require(
            not none,
            f"{name}: no note came back. Does `return` stand inside the loop, does the first note-off end it, or is "
            "step 0 taken for no step (0 counts as False)?",
        )
        offs = np.isin(answer[:, 2], [OFF - FIRST + LOWEST, OFF, HOLD, HOLD - FIRST + LOWEST]).any()
        check.require(not offs, f"{name}: a note-off or a hold was taken for a note. Notes have tokens of 2 and more.")
    look = lambda: _at_note(answer.tolist(), right.tolist(), tokens.tolist())  # noqa: E731
    check.close(answer, right, name, rtol=0, mistakes=told, otherwise=look)


def _at_note(found: list, right: list, tokens: list) -> str:
    """The first note that is wrong, and why, in words."""
    starts = [start for start, *_ in found]
    missing = [note for note in right if note[0] not in starts]
    again = [i for i, start in enumerate(starts) if start in starts[:i]]
    if again and not missing:
        one, two = tuple(found[starts.index(starts[again[0]])]), tuple(found[again[0]])
        return f"{one} and {two} begin at one step. Once a note has ended, a later token does not end it again."
    if missing:
        start, length, _ = missing[0]
        last, end = start + length == len(tokens), tokens[min(start + length, len(tokens) - 1)]
        how = "the tokens end" if last else "another note begins" if end >= FIRST else "a note-off stands"
        words = f"the note at step {start} is missing. It ends at step {start + length}, where {how}."
        same = any(note[2] == missing[0][2] for note in found)
        return words + (
            " Another note comes twice." if again else " One of the same pitch is there, a note of its own." * same
        )
    for start, length, pitch in found:
        mine = next((note for note in right if note[0] == start), None)
        if mine is None:
            return f"there is a note at step {start}, where no note begins."
        if length != mine[1]:
            end = start + mine[1]
            how = "the end is" if end == len(tokens) else "a note-off stands" if tokens[end] == OFF else "a note begins"
            return f"the note at step {start} has the length {length}, expected {mine[1]}: at step {end} {how}."
        if pitch != mine[2]:
            return f"the note at step {start} has the pitch {pitch}; its token, {tokens[start]}, is pitch {mine[2]}."
    return "the notes are right, but not their order or their number."


def check_round_trip(to_tokens, to_notes, seed: int, steps: int = 16) -> None:
    """Notes of tokens of notes are the notes."""
    notes = melody(seed, steps)
    tokens = check.array(check.call(to_tokens, notes, steps), "the tokens", shape=(steps,))
    back = triples(check.call(to_notes, tokens), "the notes")
    name, right = "the notes, made tokens and notes again", np.array(notes)
    look = lambda: _at_note(back.tolist(), right.tolist(), tokens.tolist())  # noqa: E731
    check.close(back, right, name, rtol=0, otherwise=look)
