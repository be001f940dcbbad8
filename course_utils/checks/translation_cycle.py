"""Checks of lesson 46: the terms of unpaired translation, and the test for a hidden signal."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course_utils import check
from course_utils.probes import translation as probes

# ---- cycle and identity


def some_pictures(n: int, m: int, side: tuple, seed: int) -> dict:
    """Translators x P and x^2 Q, and pictures of both sides: arguments of :func:`check_terms`."""
    rng = np.random.default_rng(seed)
    forward = np.eye(3)[[1, 2, 0]] + 0.2 * rng.normal(size=(3, 3))
    backward = np.eye(3)[[2, 0, 1]] * [[0.7], [1.2], [0.9]] + 0.2 * rng.normal(size=(3, 3))
    a, b = rng.random((n, *side, 3)) ** 2, 0.3 + 0.7 * rng.random((m, *side, 3))
    return {"forward": forward, "backward": backward, "a": a, "b": b}


def _terms(forward, backward, a, b, ways="both", far="l1", total="mean", order="right", identity="right", scale=1.0):
    """(fake_b, fake_a, cycle, identity) by NumPy."""

    def to_b(x):
        return x @ forward

    def to_a(x):
        return x**2 @ backward

    def gap(x, y):
        difference = x - y
        if far == "mean first":
            return scale * abs(difference.mean())
        each = {"l1": np.abs, "l2": np.square, "signed": lambda d: d}[far](difference)
        return scale * (each.sum() / len(each) if total == "picture" else getattr(np, total)(each))

    fake_b, fake_a = to_b(a), to_a(b)
    one, two = gap(to_a(fake_b), a), gap(to_b(fake_a), b)
    if order == "twice":
        one, two = gap(to_b(fake_b), a), gap(to_a(fake_a), b)
    elif order == "fakes" and len(a) == len(b):
        one, two = gap(to_a(fake_b), fake_a), gap(to_b(fake_a), fake_b)
    cycle = {"both": one + two, "a": one, "b": two, "mean": (one + two) / 2}[ways]
    same_b, same_a = gap(to_b(b), b), gap(to_a(a), a)
    if identity == "own side":  # forward is fed what it is made for
        same_b, same_a = gap(fake_b, a), gap(fake_a, b)
    elif identity == "fakes":
        same_b, same_a = gap(to_b(fake_b), fake_b), gap(to_a(fake_a), fake_a)
    same = {"b": same_b, "a": same_a, "none": 0.0,
            "mean": (same_b + same_a) / 2}.get(identity, same_b + same_a)  # fmt: skip
    return fake_b, fake_a, cycle, same


MEAN_FIRST = "the mean comes before the absolute value: positive and negative differences cancel."
CYCLE_SLIPS = {
    "only a -> b -> a is compared; b -> a -> b counts as well.": {"ways": "a"},
    "only b -> a -> b is compared; a -> b -> a counts as well.": {"ways": "b"},
    "the two ways are added, not averaged.": {"ways": "mean"},
    "squared differences; take absolute ones.": {"far": "l2"},
    "the absolute value is missing, or stands outside the mean.": {"far": "signed"},
    "this is a sum; take the mean over pictures, pixels and channels.": {"total": "sum"},
    "each picture is summed; take the mean over its pixels as well.": {"total": "picture"},
    "the same translator was applied twice; the way back is the other one.": {"order": "twice"},
    "what came back is compared with a fake; compare it with the picture that was sent.": {"order": "fakes"},
    MEAN_FIRST: {"far": "mean first"},
    "10 times the right value: the weights come later, in training.": {"scale": 10.0},
}
IDENTITY_SLIPS = {
    "each translator was fed the side that it is made for; feed it the side that it gives: forward(b), backward(a).": {
        "identity": "own side"
    },
    "the translators were fed fakes; feed them real pictures: forward(b), backward(a).": {"identity": "fakes"},
    MEAN_FIRST: {"far": "mean first"},
    "5 times the right value: the weights come later, in training.": {"scale": 5.0},
    "only forward(b) against b is compared; backward(a) against a counts as well.": {"identity": "b"},
    "only backward(a) against a is compared; forward(b) against b counts as well.": {"identity": "a"},
    "the two parts are added, not averaged.": {"identity": "mean"},
    "squared differences; take absolute ones.": {"far": "l2"},
    "the absolute value is missing, or stands outside the mean.": {"far": "signed"},
    "this is a sum; take the mean over pictures, pixels and channels.": {"total": "sum"},
    "each picture is summed; take the mean over its pixels as well.": {"total": "picture"},
}


def check_terms(unpaired_terms: Callable, forward, backward, a, b) -> None:
    """Compare the four results with NumPy, and the slopes with finite differences.

    Args:
        unpaired_terms: the learner's function.
        forward, backward: matrices of the stand-ins, see :func:`some_pictures`.
        a, b: pictures (n, h, w, 3) and (m, h, w, 3).
    """
    given = {"forward": forward, "backward": backward, "a": a, "b": b}
    found = check.beside(probes.terms, unpaired_terms, *given.values())
    fake_b, fake_a, cycle, identity = _terms(**given)
    of = f"for {len(a)} pictures of A and {len(b)} of B"
    swapped = "fake_b and fake_a are exchanged: fake_b = forward(a)."
    back = "this is the picture after both ways; return the fake, after the first."
    for name, right, other, wrong in (
        ("fake_b", fake_b, fake_a, {"backward was used for forward.": a**2 @ backward, back: fake_b**2 @ backward}),
        ("fake_a", fake_a, fake_b, {"forward was used for backward.": b @ forward, back: fake_a @ forward}),
    ):
        check.close(found[name], right, f"{name} {of}", mistakes={swapped: other} | wrong)
        check.require(
            found["learns"][name],
            f"{name} carries no gradient to its translator, which could not learn to fool the discriminator. No stop_gradient.",
        )
    for name, right, place in (("cycle", cycle, 2), ("identity", identity, 3)):
        value = found[name]
        check.require(
            np.shape(value) == (), f"{name} {of}: expected one number, got shape {np.shape(value)}. Take the mean."
        )

        def answer(*given, name=name):
            return check.beside(probes.terms, unpaired_terms, *given)[name]

        check.close(
            value, right, f"{name} {of}",
            mistakes=partial(
                check.confirmed, answer, partial(_term_mistakes, place), tuple(given.values()),
                [tuple(some_pictures(len(a), len(b), (3, 2), seed=9).values())], everywhere=True,
            ),
            otherwise=lambda name=name, answer=answer: check.first_wrong(answer, _term_cases(name)),
        )  # fmt: skip
        check.close(found["compiled"][place - 2], right, f"{name} {of}, compiled")
        for which, slope in zip(("forward", "backward"), found["slopes"][name], strict=True):
            told = f"the gradient of {name} by the weights of `{which}`"
            check.require(
                slope is not None, f"{told} is None: both translators learn from it. No stop_gradient, no NumPy."
            )
            check.close(slope, _by(given, which, place), told, rtol=1e-2, atol=1e-4, otherwise=lambda: CUT)


CUT = "the value is right, but not its gradient. Does a stop_gradient, or a number from outside TensorFlow, cut a way to it?"


def _term_mistakes(place: int, *given) -> dict:
    """What known mistakes give for the cycle (2) or the identity (3)."""
    names = ("forward", "backward", "a", "b")
    given = dict(zip(names, given, strict=True))
    slips = check.slips(lambda **slip: _terms(**(given | slip))[place], {2: CYCLE_SLIPS, 3: IDENTITY_SLIPS}[place])
    other = {2: "identity", 3: "cycle"}[place]
    return {f"this is {other}. Are the two exchanged?": _terms(**given)[5 - place]} | slips


WORKED = 2 * np.eye(3), np.eye(3)  # forward doubles, backward squares


def _small(pixels: np.ndarray) -> np.ndarray:
    """Pictures (n, 1, w, 3) of grey pixels (n, w) or coloured ones (n, w, 3)."""
    return pixels[:, None, :, None] * np.ones(3) if pixels.ndim == 2 else pixels[:, None]


def _term_cases(term: str):
    """Small cases of cycle or identity, see :func:`first_wrong`: pictures of one or two grey pixels."""

    def gap(there, back, x):
        ends = back(there(x)) if term == "cycle" else back(x)
        sums = " + ".join(f"|{end:.4g} - {start:g}|" for end, start in zip(ends.ravel(), x.ravel(), strict=True))
        return np.abs(ends - x).mean(), f"({sums}) / {x.size}" if x.size > 1 else sums

    for a, b in (
        ([[0.4]], [[0.8]]), ([[0.1]], [[0.3]]), ([[0.4, 0.1]], [[0.8, 0.3]]), ([[0.4], [0.1]], [[0.8]]),
        ([[0.4]], [[0.8], [0.3]]), ([[[0.4, 0.1, 0.2]]], [[[0.8, 0.3, 0.4]]]),
    ):  # fmt: skip
        a, b = np.array(a), np.array(b)
        one, two = gap(lambda x: 2 * x, np.square, a), gap(np.square, lambda x: 2 * x, b)
        pictures = [_small(x) for x in (a, b)]
        told = (
            f"with the pixels {a.tolist()} of A, {b.tolist()} of B, a forward that doubles and a backward that squares"
        )
        yield told, (*WORKED, *pictures), one[0] + two[0], f"{one[1]} + {two[1]}"


def _by(given: dict, which: str, place: int) -> np.ndarray:
    """Slope of a term by a translator's matrix, by finite differences."""
    slope = np.zeros((3, 3))
    for at in np.ndindex(3, 3):
        ends = []
        for step in (1e-6, -1e-6):
            moved = np.array(given[which], dtype=float)
            moved[at] += step
            ends.append(_terms(**(given | {which: moved}))[place])
        slope[at] = (ends[0] - ends[1]) / 2e-6
    return slope


# ---- the hidden signal


class Translators:
    """Stand-ins of NumPy: ``forward`` keeps a faint trace of the colours in a grey picture."""

    def __init__(self, trace: float):
        self.trace = trace

    def forward(self, pictures):
        """Pictures (n, h, w, 3) to grey pictures of three equal channels."""
        x = np.asarray(pictures, dtype=float)
        plain = np.where(x.sum(axis=-1, keepdims=True) > 1.5, 0.9, 0.1)
        return np.repeat(plain + self.trace * (x[..., :1] - 0.4 * x[..., 1:2]), 3, axis=-1)

    def backward(self, greys):
        """Grey pictures to pictures."""
        x = np.asarray(greys, dtype=float)
        part = (x[..., :1] - np.where(x[..., :1] > 0.5, 0.9, 0.1)) / self.trace
        return np.concatenate([part, 0.3 + 0.2 * x[..., 1:2], x[..., 2:] ** 2], axis=-1)

    @staticmethod
    def disturb(greys):
        """A coarser picture, which changes every grey picture."""
        return 0.05 + 0.88 * np.floor(6 * np.asarray(greys, dtype=float)) / 6


def grey_pictures(n: int, side: int, trace: float, seed: int) -> dict:
    """Arguments of :func:`check_hidden`: how strong the trace is, pictures, and true greys."""
    rng = np.random.default_rng(seed)
    greys = np.where(rng.random((n, side, side, 1)) > 0.4, 1.0, 0.0).repeat(3, axis=-1)
    return {"trace": trace, "pictures": rng.random((n, side, side, 3)), "greys": greys}


def _hidden(trace, pictures, greys, far="l1", on="grey", against="pictures", third="right"):
    pair = Translators(trace)

    def gap(back, wanted=pictures):
        difference = back - wanted
        return {
            "l1": np.abs(difference).mean(), "l2": np.square(difference).mean(), "signed": difference.mean(),
            "mean first": abs(difference.mean()), "sum": np.abs(difference).sum(), "root": np.sqrt(np.square(difference).mean()),
        }[far]  # fmt: skip

    sent = pair.forward(pictures)
    back = pair.backward(sent)
    disturbed = {
        "grey": lambda: pair.backward(pair.disturb(sent)),
        "picture": lambda: pair.backward(pair.forward(pair.disturb(pictures))),
        "result": lambda: pair.disturb(back),
        "true greys": lambda: pair.backward(pair.disturb(greys)),
        "no way back": lambda: pair.disturb(sent),
    }[on]()
    honest = {
        "right": lambda: gap(pair.backward(greys)),
        "disturbed": lambda: gap(pair.backward(pair.disturb(greys))),
        "greys": lambda: gap(greys, sent),
        "to forward": lambda: gap(pair.backward(greys), back),
        "against greys": lambda: gap(pair.backward(greys), greys),
        "cycle": lambda: gap(pair.backward(pair.forward(greys))),
    }[third]()
    second = gap(disturbed, {"pictures": pictures, "back": back, "middle": sent}[against])
    return {"trained": gap(back), "disturbed": second, "honest": honest}


HIDDEN_SLIPS = {
    "squared differences; take absolute ones.": {"far": "l2"},
    "the pictures were disturbed; disturb the grey pictures in the middle of the cycle.": {"on": "picture"},
    "what came back was disturbed; disturb the grey pictures in the middle of the cycle.": {"on": "result"},
    "compared with the undisturbed cycle; compare with the pictures.": {"against": "back"},
    "`greys` are not to be disturbed.": {"third": "disturbed"},
    "the grey pictures themselves are compared; compare what `backward` makes of `greys` with the pictures.": {
        "third": "greys"
    },
    "compared with what the cycle gave; compare with the pictures.": {"third": "to forward"},
    "compared with `greys`; compare with the pictures.": {"third": "against greys"},
    "`greys` go through `backward` alone.": {"third": "cycle"},
    "`greys` were disturbed; disturb what `forward` gives.": {"on": "true greys"},
    "the grey picture was disturbed, but not translated back.": {"on": "no way back"},
    "compared with a grey picture; compare with the pictures.": {"against": "middle"},
    "the absolute value is missing, or stands outside the mean.": {"far": "signed"},
    MEAN_FIRST: {"far": "mean first"},
    "this is a sum; take the mean over pictures, pixels and channels.": {"far": "sum"},
    "this is the root of the mean square; take the mean of absolute differences.": {"far": "root"},
}


def check_hidden(hidden_signal: Callable, trace, pictures, greys) -> None:
    """Compare the three errors with NumPy.

    Args:
        hidden_signal: the learner's function.
        trace: how strong the stand-in's hidden signal is.
        pictures, greys: (n, h, w, 3).
    """
    pair = Translators(trace)
    found = check.call(hidden_signal, pair.forward, pair.backward, pictures, greys, pair.disturb)
    check.require(found is not None, "hidden_signal returned nothing. Is the `return` missing?")
    errors = check.several(found, "trained", "disturbed", "honest")
    given = {"trace": trace, "pictures": pictures, "greys": greys}
    right = _hidden(**given)
    other = grey_pictures(2, 3, trace=0.1, seed=9)
    for place, (value, key) in enumerate(zip(errors, right, strict=True)):
        name = f'the error "{key}" of {len(pictures)} pictures'
        check.require(
            np.shape(value) == (), f"{name}: expected one number, got shape {np.shape(value)}. Take the mean."
        )

        def answer(trace, pictures, greys, place=place):
            pair = Translators(trace)
            return check.call(hidden_signal, pair.forward, pair.backward, pictures, greys, pair.disturb)[place]

        check.close(
            value, right[key], name,
            mistakes=partial(
                check.confirmed, answer, partial(_hidden_mistakes, key), tuple(given.values()), [tuple(other.values())],
                everywhere=True,
            ),
            otherwise=partial(_small_pictures, hidden_signal, key),
        )  # fmt: skip


def _hidden_mistakes(key: str, *given) -> dict:
    """What known mistakes give for one of the errors."""
    given = dict(zip(("trace", "pictures", "greys"), given, strict=True))
    slips = check.slips(lambda **slip: _hidden(**(given | slip))[key], HIDDEN_SLIPS)
    others = {
        f'this is the error "{other}". Was the wrong grey picture used, or is it in the wrong place?': value
        for other, value in _hidden(**given).items()
        if other != key
    }
    return dict(slips) | others


def _halves(x):
    return np.asarray(x) / 2


def _adds(x):
    return np.asarray(x) + 0.3


def _squares(x):
    return np.asarray(x) ** 2


def _small_pictures(hidden_signal: Callable, key: str) -> str:
    """One of the three errors on small grey pictures, worked out, if it is wrong there."""
    place = ["trained", "disturbed", "honest"].index(key)

    def cases():
        for pixels, greys in (
            ([[0.8]], [[0.9]]), ([[0.1]], [[0.2]]), ([[0.8, 0.1]], [[0.9, 0.2]]), ([[0.8, 0.1, 0.2]], [[0.9, 0.2, 0.4]]),
            ([[0.8], [0.2]], [[0.9], [0.6]]), ([[1.0], [0.0]], [[1.0], [0.0]]), ([[[0.9, 0.1, 0.5]]], [[[0.7, 0.7, 0.7]]]),
        ):  # fmt: skip
            x, g = np.array(pixels), np.array(greys)
            ends = _adds((_halves(x), _squares(_halves(x)), g)[place])
            sums = " + ".join(f"|{end:.4g} - {start:g}|" for end, start in zip(ends.ravel(), x.ravel(), strict=True))
            told = (
                f"with the pixels {pixels}, the greys {greys}, a forward that halves, a disturb that squares and a "
                "backward that adds 0.3"
            )
            pictures = [_small(one) for one in (x, g)]
            yield told, pictures, np.abs(ends - x).mean(), f"({sums}) / {x.size}" if x.size > 1 else sums

    def answer(pictures, greys):
        return check.call(hidden_signal, _halves, _adds, pictures, greys, _squares)[place]

    return check.first_wrong(answer, cases())
