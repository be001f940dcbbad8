"""Checks of lesson 45, stability: R1, averaged weights, augmentation."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course_utils import check
from course_utils.checks import stability_examples as examples
from course_utils.probes import family as family_probes
from course_utils.probes import stability as probes


def some_pictures(shape: tuple, seed: int) -> dict:
    """A critic's weights and pictures, real and fake: arguments of :func:`check_r1`.

    Args:
        shape: of the real pictures, (n, h, w, c); there is one fake more.
        seed: of them.
    """
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, *shape[1:])) / np.sqrt(np.prod(shape[1:]))
    real = rng.uniform(-1, 1, shape)
    fake = rng.uniform(-1, 1, (shape[0] + 1, *shape[1:])) + 0.4
    return {"a": 2 * a, "b": b + 0.2, "real": real, "fake": fake}


def _r1(a, b, real, fake, gamma, at="real", norm="square", how="mean", half=0.5, factor=True, power=1, sign=1.0):
    x = {"real": real, "fake": fake, "both": np.concatenate([real, fake])}[at]
    n = len(x)
    slope = (a * x + b).reshape(n, -1)
    size = {
        "square": lambda: np.square(slope).sum(axis=1),
        "root": lambda: np.sqrt(np.square(slope).sum(axis=1)),
        "mean": lambda: np.square(slope).mean(axis=1),
        "entries": lambda: np.abs(slope).sum(axis=1),
        "to one": lambda: (np.sqrt(np.square(slope).sum(axis=1)) - 1) ** 2,
        "averaged": lambda: np.square(slope / n).sum(axis=1),
        "last axis": lambda: np.square(a * x + b).sum(axis=-1).ravel(),
        "without channels": lambda: np.square(a * x + b).sum(axis=(1, 2)).ravel(),
    }[norm]()
    return sign * half * (gamma if factor else 1.0) * getattr(size, how)()


R1_SLIPS = {
    "the gradient is taken at the fakes. R1 looks at the real pictures (at fakes it is called R2).": {"at": "fake"},
    "the gradient is taken at real pictures and fakes; R1 looks at the real ones alone.": {"at": "both"},
    "this is the norm; R1 takes its square, without a root.": {"norm": "root"},
    "the squares are averaged over the pixels; sum them within a picture, and take the mean over pictures.": {
        "norm": "mean"
    },
    "this is the sum of absolute values; take squares.": {"norm": "entries"},
    "this pulls the norm to 1, as lesson 44's penalty does; R1 pulls it to 0.": {"norm": "to one"},
    "the logits were averaged before the gradient; sum them, or the slopes are n times too small.": {
        "norm": "averaged"
    },
    "the sum runs over all axes but the first, not over the last alone.": {"norm": "last axis"},
    "the channels belong to the sum as well: all axes but the first.": {"norm": "without channels"},
    "this is the sum over the batch; take the mean.": {"how": "sum"},
    "twice the right value: is the 1/2 missing?": {"half": 1.0},
    "half of the right value: the factor is gamma / 2.": {"half": 0.25},
    "the factor gamma is missing.": {"factor": False},
    "the sign is wrong.": {"sign": -1.0},
}


def _rare_r1(a, b, real, fake, gamma) -> dict:
    """Mistake -> the penalty that it gives; these are looked for one at a time."""

    def norms(x):
        return np.square(a * x + b).sum(axis=(1, 2, 3))

    slope, squares, n = a * real + b, norms(real), len(real)
    logit = (0.5 * a * real**2 + b * real).sum(axis=(1, 2, 3))
    share = 1 / (1 + np.exp(-logit))
    values = {
        "gamma enters as its square; the factor is gamma / 2.": gamma * squares.mean(),
        "gamma / 2 is squared; only the norm is.": gamma / 2 * squares.mean(),
        "gamma is 5 here, whatever the argument says.": 5 / gamma * squares.mean(),
        "the square comes first, pixel by pixel, then the sum.": np.square(slope.sum(axis=(1, 2, 3))).mean(),
        "the slopes are summed without a square.": slope.sum(axis=(1, 2, 3)).mean(),
        "the mean norm is squared; square each picture's norm, then take the mean.": np.sqrt(squares).mean() ** 2,
        "this is one norm of the whole batch; sum squares within each picture, and take the mean over pictures.": (
            np.sqrt(squares.sum())
        ),
        "axis 0 counts the pictures: sum over (1, 2, 3).": squares.sum() / real.shape[3],
        "axis 0 counts the pictures: sum over the others, (1, 2, 3).": squares.sum() / real[0].size,
        "this is divided by the number of fakes; take the mean over the REAL pictures.": squares.sum() / len(fake),
        "this is divided by the number of pictures twice.": squares.mean() / n,
        "this is the largest, not the mean over the pictures.": squares.max(),
        "a term at the fakes (R2) is added; R1 looks at the real ones alone.": squares.mean() + norms(fake).mean(),
        "the gradient is taken between real pictures and fakes, as in lesson 44; R1 takes it at the real ones.": (
            norms((real + fake[:n]) / 2).mean()
        ),
        "this is the slope of the probability (with sigmoid); take that of the logit.": (
            (share * (1 - share)) ** 2 * squares
        ).mean(),
        "this is the slope of the loss; take that of the logit.": ((1 - share) ** 2 * squares).mean(),
        "these are the logits, not their slopes.": np.square(logit).mean(),
    }
    values = {words: gamma / 2 * value for words, value in values.items()}
    values["the discriminator's loss is not part of it: the training loop adds the penalty to that."] = (
        np.logaddexp(0, -logit).mean() + gamma / 2 * squares.mean()
    )
    return values


def _known_r1(**given) -> dict:
    """Mistake -> the penalty that it gives, alone or with another."""
    return dict(_rare_r1(**given)) | dict(check.slips(lambda **slip: _r1(**given, **slip), R1_SLIPS))


def check_r1(penalty: Callable, gamma: float, a, b, real, fake) -> None:
    """A critic with known gradient a x + b: the penalty, and its own gradient by the critic's weights.

    Args:
        penalty: the learner's ``r1_penalty(critic, real, fake, gamma)``.
        gamma: weight of the penalty.
        a, b: weights of the critic sum(a x^2) / 2 + sum(b x), of the shape of a picture.
        real, fake: pictures (n, ...), (m, ...).
    """
    given = {"a": a, "b": b, "real": real, "fake": fake, "gamma": float(gamma)}
    try:
        found = check.beside(family_probes.penalty, penalty, *given.values(), "r1_penalty")
    except check.CheckError as error:
        if "Something is None" not in str(error):
            raise
        raise check.CheckError(
            "The inner gradient is None, or nothing was returned. A tensor is not watched by itself: call "
            "tape.watch(real) before the critic."
        ) from None
    name = f"the penalty of {len(real)} pictures of shape {np.shape(real)[1:]}, gamma {gamma:g}"
    shape = np.shape(found["value"])
    check.require(shape == (), f"{name}: expected one number for the batch, got shape {shape}. Take the mean.")
    right = _r1(**given)

    def look() -> str:
        behaves = examples.penalty_behaviour(penalty, lambda **others: _r1(**others), given)
        return f"got {float(found['value']):.5g}, expected {right:.5g}. {behaves}" if behaves else ""

    def mistakes():
        known = _known_r1(**given)
        other = {**some_pictures((5, 2, 3, 2), seed=9), "gamma": 0.9}  # a mistake is named if it explains these, too
        there = examples.penalty_of(penalty, other)
        if there is not None:
            values = _known_r1(**other)
            known = {words: v for words, v in known.items() if np.isclose(values.get(words, np.nan), there, rtol=1e-3)}
        return known

    check.close(found["value"], right, name, rtol=1e-3, atol=1e-5, mistakes=mistakes, otherwise=look)
    check.close(found["compiled"], right, f"{name}, compiled", rtol=1e-3, atol=1e-5)
    slope = a * real + b
    right = {"a": gamma * (slope * real).mean(axis=0), "b": gamma * slope.mean(axis=0)}
    for key, mine in zip("ab", found["slopes"], strict=True):
        told = f"the gradient of {name} by the critic's weights"
        check.require(
            mine is not None,
            f"{told} is None: the inner gradient must be taken where the outer tape still records. No stop_gradient, no "
            "NumPy.",
        )
        check.close(mine, right[key], told, rtol=1e-3, atol=1e-5)


SMALL = {"two": (3, (4,), 2), "deep": (5, (6, 2), 3), "wide": (2, (40,), 7)}


def _weights(network, rng) -> list[np.ndarray]:
    return [rng.uniform(0.2, 3, w.shape).astype("float32") for w in network.weights]


def check_average(update: Callable, size: str, decay: float, seed: int) -> None:
    """Three updates of two small networks with batch normalisation, called and compiled.

    Args:
        update: the learner's ``update_average(averaged, generator, decay)``.
        size: a name in ``SMALL``.
        decay: share of the old average that is kept.
        seed: of all weights.
    """
    rng, network = np.random.default_rng(seed), probes.small_network(*SMALL[size])
    learned = [any(w is v for v in network.trainable_variables) for w in network.weights]
    start, moments = _weights(network, rng), [_weights(network, rng) for _ in range(3)]
    for how in ("called", "compiled"):
        try:
            found = check.beside(probes.average, update, SMALL[size], start, moments, decay, how)
        except check.CheckError as error:
            if "ncompatible shapes" not in str(error):
                raise
            told = "The two lists do not hold the same variables in the same order."
            raise check.CheckError(f"{error} {told}") from None
        mine = start
        for number, (weights, (averaged, other)) in enumerate(zip(moments, found, strict=True)):
            check.require(
                all(np.array_equal(v, w) for v, w in zip(other, weights, strict=True)),
                "The generator's own weights were changed. Only the averaged network moves.",
            )
            for place, (old, new, got) in enumerate(zip(mine, weights, averaged, strict=True)):
                _one_weight(got, old, new, decay, learned[place], network.weights[place].path, number + 1, how)
            mine = [decay * m + (1 - decay) * w if t else w for m, w, t in zip(mine, weights, learned, strict=True)]


def _one_weight(got, old, new, decay: float, learned: bool, path: str, number: int, how: str) -> None:
    mixed, swapped = decay * old + (1 - decay) * new, (1 - decay) * old + decay * new
    kind = "/".join(path.split("/")[-2:])
    name = f"{kind} of the averaged network after update {number} ({how})"
    if learned:
        mistakes = {
            "it did not move. Go through ALL trainable_variables, and give each its new value by `assign`.": old,
            "the shares are exchanged: the OLD average keeps the share decay.": swapped,
            "it is the generator's weight, not an average.": new,
            "this is the plain mean of both; the old average keeps the share decay.": (old + new) / 2,
            "the shares add up to more than 1: decay for the old, 1 - decay for the new.": decay * old + new,
            "the generator's share is missing.": decay * old,
            "`assign_add` adds to the old value; `assign` replaces it.": old + mixed,
            "the generator's share is subtracted; it is added.": decay * old - (1 - decay) * new,
            "the average moves away from the generator: a sign is wrong.": old - (1 - decay) * (new - old),
        }
        parts = {"the old average": old, "the generator's weight": new}
        why = {"the old average": "the argument `decay`"}
        look = partial(check.weights, got, mixed, parts, why=why)
        check.close(got, mixed, name, rtol=1e-4, mistakes=mistakes, otherwise=look)
    else:
        mistakes = {
            "batch statistics are still those of the start: copy those of the generator. They are among the "
            "`non_trainable_variables`.": old,
            "batch statistics are to be copied, not averaged once more.": mixed,
            "batch statistics are to be copied, not averaged (and the shares are exchanged).": swapped,
        }
        copied = "batch statistics are to be copied from the generator as they are."
        check.close(got, new, name, rtol=1e-4, mistakes=mistakes, otherwise=lambda: copied)


def _shifted(pictures, down, right, order="rows", signs=(1, 1), edge="zero", own="both"):
    pictures, out = np.asarray(pictures, dtype=float), np.zeros(np.shape(pictures))
    for k, picture in enumerate(pictures):
        steps = (down[0 if own in ("none", "right") else k], right[0 if own in ("none", "down") else k])
        y, x = (sign * int(s) for sign, s in zip(signs, steps if order == "rows" else steps[::-1], strict=True))
        places = [np.arange(size) - step for size, step in zip(picture.shape, (y, x), strict=False)]
        moved = picture[np.ix_(*(_from(edge, v, size) for v, size in zip(places, picture.shape, strict=False)))]
        if edge in ("zero", "dark"):
            rows, columns = ((v >= 0) & (v < size) for v, size in zip(places, picture.shape, strict=False))
            moved = np.where((rows[:, None] & columns)[..., None], moved, -1.0 if edge == "dark" else 0.0)
        out[k] = moved
    return out


def _from(edge: str, places: np.ndarray, size: int) -> np.ndarray:
    """The rows that are read at these places, which may lie outside."""
    if edge == "wrap":
        return places % size
    if edge == "mirror":
        places = places % (2 * size)
        return np.where(places < size, places, 2 * size - 1 - places)
    return np.clip(places, 0, size - 1)


SHIFT_SLIPS = {
    "down and right are exchanged.": {"order": "columns"},
    "the direction is wrong: a positive number moves the picture down or right.": {"signs": (-1, -1)},
    "a positive `down` moves the picture down, not up.": {"signs": (-1, 1)},
    "a positive `right` moves the picture to the right, not to the left.": {"signs": (1, -1)},
    "the pictures move up and down only; `right` is not used.": {"signs": (1, 0)},
    "the pictures move sideways only; `down` is not used.": {"signs": (0, 1)},
    "what leaves on one side comes back on the other; zeros move in instead.": {"edge": "wrap"},
    "the border pixels are repeated; zeros move in instead.": {"edge": "last"},
    "the border is mirrored; zeros move in instead.": {"edge": "mirror"},
    "zeros move in (grey), not -1.": {"edge": "dark"},
    "all pictures are shifted like the first; each has its own shift.": {"own": "none"},
    "all pictures are moved down like the first; each has its own shift.": {"own": "right"},
    "all pictures are moved to the right like the first; each has its own shift.": {"own": "down"},
}


def _rare_shifts(pictures, down, right) -> dict:
    """Mistake -> the pictures that it gives; these are looked for one at a time."""
    height, width = pictures.shape[1:3]
    moves = {
        "negative numbers move up and left; they are not to be cut at 0.": (np.maximum(down, 0), np.maximum(right, 0)),
        "negative numbers move up and left; the sign is lost.": (abs(down), abs(right)),
        "a negative `down` moves up; the sign is lost.": (abs(down), right),
        "a negative `right` moves to the left; the sign is lost.": (down, abs(right)),
        "the shift is taken modulo the size; what leaves is gone.": (down % height, right % width),
        "all pictures are moved by the mean shift; each has its own.": (
            np.full_like(down, down.mean()),
            np.full_like(right, right.mean()),
        ),
        "a picture moved by its whole size or more is all zeros; here the shift is cut.": (
            np.clip(down, 1 - height, height - 1),
            np.clip(right, 1 - width, width - 1),
        ),
    }
    for most in (1, 2, 3):
        words = f"no picture moves by more than {most}; is the padding too small for larger shifts?"
        moves[words] = np.clip(down, -most, most), np.clip(right, -most, most)
    for more, much in ((1, "far"), (-1, "little")):
        moves[f"off by one: `down` moves one row too {much}."] = down + more, right
        moves[f"off by one: `right` moves one column too {much}."] = down, right + more
        moves[f"off by one: both shifts are one pixel too {much}."] = down + more, right + more
    wanted = _shifted(pictures, down, right)
    middle = pictures.mean()
    return {words: _shifted(pictures, *move) for words, move in moves.items()} | {
        "values are cut to [-1, 1]; nothing is to be changed but the place.": np.clip(wanted, -1, 1),
        "the pictures were not shifted.": pictures,
        "the pictures were shifted twice.": _shifted(wanted, down, right),
        "the pictures themselves are added to the shifted ones.": pictures + wanted,
        "zeros move in, not the mean.": _shifted(pictures - middle, down, right) + middle,
    }


def check_shift(shift: Callable, shape: tuple, down: list, right: list, seed: int) -> None:
    """Shift pictures pixel by pixel in NumPy; the gradient is 1 for pixels that stay in view and 0 for the others.

    Args:
        shift: the learner's ``shift_pictures(pictures, down, right)``.
        shape: of the pictures, (n, h, w, c).
        down, right: whole numbers, one for each picture.
        seed: of the pictures.
    """
    import tensorflow as tf

    pictures = np.random.default_rng(seed).uniform(-2, 2, shape).astype("float32")
    down, right = (np.asarray(v, dtype="int32") for v in (down, right))
    traced = check.trace(shift, pictures, down, right)
    name = (
        f"{shape[0]} pictures of {shape[1]} x {shape[2]}, shifted down by {down.tolist()} and right by {right.tolist()}"
    )
    name = name if shape[0] < 5 else f"{shape[0]} shifted pictures of {shape[1]} x {shape[2]}"
    check.require(traced.value is not None, f"{name}: nothing was returned. Is the `return` missing?")
    check.require(
        not isinstance(traced.value, list | tuple),
        f"{name}: expected one tensor, got a {type(traced.value).__name__}. ops.stack makes one of the pictures.",
    )
    found = np.shape(traced.value)
    check.require(
        len(found) < 4 or found[0] != shape[0] or found[1] >= shape[1] and found[2] >= shape[2],
        f"{name}: the shape is {found}, expected {shape}. A slice that begins or ends outside is shorter or empty. Shifts may "
        "be larger than the picture.",
    )
    wanted = _shifted(pictures, down, right)
    slips = check.slips(lambda **slip: _shifted(pictures, down, right, **slip), SHIFT_SLIPS)

    known = lambda: slips | _rare_shifts(pictures, down, right)  # noqa: E731
    check.close(traced.value, wanted, name, mistakes=known, otherwise=partial(examples.shift_example, shift))
    slope = traced.gradients(by=[0])[0]
    seen = _shifted(np.ones(shape), -down, -right)
    everywhere = {"it reaches pixels that left the view, too. Is the shift itself hidden from it?": np.ones(shape)}
    check.close(slope, seen, f"the gradient of the sum of {name}", mistakes=everywhere)
    whole = tf.TensorSpec((shape[0],), tf.int32)
    again = check.compiled(shift, shape, whole, whole, inputs=[pictures, down, right])[0]
    check.close(again, wanted, f"{name}, compiled")
