"""Checks of lesson 45, stability: R1, averaged weights, augmentation, signs of collapse."""

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from course_utils import check
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
    mistakes = check.slips(lambda **slip: _r1(**given, **slip), R1_SLIPS)
    check.close(found["value"], _r1(**given), name, rtol=1e-3, atol=1e-5, mistakes=mistakes)
    check.close(found["compiled"], _r1(**given), f"{name}, compiled", rtol=1e-3, atol=1e-5)
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
        found = check.beside(probes.average, update, SMALL[size], start, moments, decay, how)
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
            "the average moves away from the generator: a sign is wrong.": old - (1 - decay) * (new - old),
        }
        check.close(got, mixed, name, rtol=1e-4, mistakes=mistakes)
    else:
        mistakes = {
            "batch statistics are still those of the start: copy those of the generator. They are among the "
            "`non_trainable_variables`.": old,
            "batch statistics are to be copied, not averaged once more.": mixed,
            "batch statistics are to be copied, not averaged (and the shares are exchanged).": swapped,
        }
        check.close(got, new, name, rtol=1e-4, mistakes=mistakes)


def _shifted(pictures, down, right, order="rows", sign=1, edge="zero", own="both"):
    pictures, out = np.asarray(pictures, dtype=float), np.zeros(np.shape(pictures))
    _, height, width, _ = pictures.shape
    for k, picture in enumerate(pictures):
        steps = (down[0 if own in ("none", "right") else k], right[0 if own in ("none", "down") else k])
        y, x = (sign * int(s) for s in (steps if order == "rows" else steps[::-1]))
        for i in range(height):
            for j in range(width):
                at = i - y, j - x
                if edge == "wrap":
                    out[k, i, j] = picture[at[0] % height, at[1] % width]
                elif edge == "last":
                    out[k, i, j] = picture[np.clip(at[0], 0, height - 1), np.clip(at[1], 0, width - 1)]
                elif 0 <= at[0] < height and 0 <= at[1] < width:
                    out[k, i, j] = picture[at]
                elif edge == "dark":
                    out[k, i, j] = -1
    return out


SHIFT_SLIPS = {
    "down and right are exchanged.": {"order": "columns"},
    "the direction is wrong: a positive number moves the picture down or right.": {"sign": -1},
    "what leaves on one side comes back on the other; zeros move in instead.": {"edge": "wrap"},
    "the border pixels are repeated; zeros move in instead.": {"edge": "last"},
    "zeros move in (grey), not -1.": {"edge": "dark"},
    "all pictures are shifted like the first; each has its own shift.": {"own": "none"},
    "all pictures are moved down like the first; each has its own shift.": {"own": "right"},
    "all pictures are moved to the right like the first; each has its own shift.": {"own": "down"},
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
    wanted = _shifted(pictures, down, right)
    mistakes = check.slips(lambda **slip: _shifted(pictures, down, right, **slip), SHIFT_SLIPS)
    mistakes["values are cut to [-1, 1]; nothing is to be changed but the place."] = np.clip(wanted, -1, 1)
    mistakes["the pictures were not shifted."] = pictures
    check.close(traced.value, wanted, name, mistakes=mistakes)
    slope = traced.gradients(by=[0])[0]
    seen = _shifted(np.ones(shape), -down, -right)
    check.close(slope, seen, f"the gradient of the sum of {name}")
    whole = tf.TensorSpec((shape[0],), tf.int32)
    again = check.compiled(shift, shape, whole, whole, inputs=[pictures, down, right])[0]
    check.close(again, wanted, f"{name}, compiled")


def some_features(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of generated and of real pictures, (m, d) and (n, d): arguments of :func:`check_signs`."""
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(60, 3)) * [1, 2, 0.5]
    if kind == "alike":
        made = rng.normal(size=(45, 3)) * [1, 2, 0.5]
    elif kind == "copies":  # exact ones, at distance 0
        made = np.repeat(rng.normal(size=(9, 3)), 4, axis=0)
    elif kind == "half":
        made = np.concatenate([rng.normal(size=(20, 3)), 0.5 + 0.01 * rng.normal(size=(20, 3))])
    elif kind == "one mode":
        real = np.concatenate([real[:40], real[:30] + 6])
        made = rng.normal(size=(50, 3)) * [1, 2, 0.5] + 6
    elif kind == "beside":
        made = real + 0.01 * rng.normal(size=real.shape)
    elif kind == "far":
        made = rng.normal(size=(30, 3)) + 40
    elif kind == "many":
        real, made = rng.normal(size=(700, 8)), rng.normal(size=(900, 8)) * 0.8
    else:
        raise ValueError(f"unknown kind {kind!r}")
    return made, real


def _signs(
    made,
    real,
    level,
    zeros=True,
    own_made=False,
    own_real=False,
    yard="real",
    close="below",
    far="above",
    over="real",
    same=False,
    fixed=False,
    pairs=False,
    by="its own",
):
    """Both shares, [duplicates, missing]."""
    level = 0.05 if fixed else level
    of_made, of_real = cdist(made, made), cdist(real, real)
    for table, own in ((of_made, own_made), (of_real, own_real)):
        if not own:
            np.fill_diagonal(table, np.inf)
        if not zeros:
            table[table == 0] = np.inf
    yard = of_real if yard == "real" else of_made
    yard = yard[np.isfinite(yard)] if pairs else yard.min(axis=1)
    radius = np.quantile(yard, [level, 1 - level])
    if same:
        radius = radius[[0, 0]] if same == "low" else radius[[1, 1]]
    duplicates = np.mean(of_made.min(axis=1) < radius[0])
    between = cdist(real, made)
    missing = np.mean(between.min(axis=1 if over == "real" else 0) > radius[1])
    duplicates = duplicates if close == "below" else 1 - duplicates
    missing = missing if far == "above" else 1 - missing
    return np.array([duplicates, missing * (len(real) / len(made) if by == "the other" else 1)])


SIGN_SLIPS = {
    "a distance of 0 between two different pictures is the worst duplicate; it must count.": {"zeros": False},
    "the distance of a made picture to itself, 0, must not count.": {"own_made": True},
    "the distance of a real picture to itself, 0, must not count.": {"own_real": True},
    "the quantiles are those of the real pictures, not of the made ones.": {"yard": "made"},
    "this is the share that is NOT closer.": {"close": "above"},
    "this is the share that is covered, not the share that is missing.": {"far": "below"},
    "this counts made pictures; `missing` is a share of the real ones.": {"over": "made"},
    "both signs use the small quantile; `missing` takes 1 - level.": {"same": "low"},
    "both signs use the large quantile; `duplicates` takes level.": {"same": "high"},
    "always 0.05; the argument `level` is not used.": {"fixed": True},
    "the quantiles are those of the distances to the NEAREST others, not of all distances.": {"pairs": True},
    "`missing` is a share of the real pictures: divide by their number.": {"by": "the other"},
}


def _is(value, expected: float) -> bool:
    try:
        check.close(value, expected, "a share")
    except check.CheckError:
        return False
    return True


def check_signs(signs: Callable, made, real, level: float) -> None:
    """Compare both shares with those from full tables of distances.

    Args:
        signs: the learner's ``collapse_signs(made, real, level)``.
        made, real: features (m, d), (n, d).
        level: share of real pictures below, and above, the two radii.
    """
    answer = check.call(signs, made, real, level)
    check.require(answer is not None, "Nothing was returned. Is the `return` missing?")
    wanted = dict(zip(("duplicates", "missing"), _signs(made, real, level), strict=True))
    kind = type(answer).__name__
    check.require(isinstance(answer, dict), f"Return a dictionary, not {kind}.")
    check.require(set(answer) == set(wanted), f"The keys are {sorted(answer)}, expected {sorted(wanted)}.")
    wrong = [key for key, value in wanted.items() if not _is(answer[key], value)]
    if not wrong:  # what mistakes give takes long for many pictures
        return
    # shares are coarse: a mistake is named only if it explains both
    known = check.slips(lambda **slip: _signs(made, real, level, **slip), SIGN_SLIPS)
    known = {words: pair for words, pair in known.items() if all(map(_is, (answer[key] for key in wanted), pair))}
    for key in wrong:
        value = wanted[key]
        name = f"{key!r} for {len(made)} made and {len(real)} real pictures, level {level:g}"
        mistakes = {words: pair[list(wanted).index(key)] for words, pair in known.items()}
        mistakes |= {
            "this is a count, not a share.": value * len(made if key == "duplicates" else real),
            "this is in percent; return a share.": 100 * value,
        }
        check.close(answer[key], value, name, mistakes=mistakes)
