"""Checks of lesson 46, translation of pictures: left-out drawings and patches."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from sklearn.linear_model import Ridge

from course_utils import check
from course_utils.checks.translation_folds import seen_by

# ---- means by kin, and drawings by a regression that did not see the kin


def check_by_kin(by_kin: Callable, errors, kin) -> None:
    """Compare with a sum over fonts, each with the weight 1 / (fonts of its kin) / (kins).

    Args:
        by_kin: the learner's function.
        errors: (n,).
        kin: n names.
    """
    errors, kin = np.asarray(errors, dtype=float), np.asarray(kin)
    names, place, counts = np.unique(kin, return_inverse=True, return_counts=True)
    found = check.call(by_kin, errors, kin)
    right = (errors / counts[place]).sum() / len(names)
    name = f"the mean over {len(names)} kins of {len(errors)} fonts"
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")

    def answer(*given):
        return check.call(by_kin, *given)

    check.close(
        found, right, name,
        mistakes=partial(check.confirmed, answer, _kin_mistakes, (errors, kin), [OTHER_KINS], everywhere=True),
        otherwise=lambda: check.first_wrong(answer, _kin_cases()),
    )  # fmt: skip


OTHER_KINS = np.array([0.31, 0.9, 0.77, 0.2, 0.58, 0.11, 0.43, 0.64, 0.05, 0.86]), np.array(list("dbacbdbadb"))


def _kin_mistakes(errors, kin) -> dict:
    names, place, counts = np.unique(kin, return_inverse=True, return_counts=True)
    of_kin = np.bincount(place, errors) / counts
    middles = [np.median(errors[kin == name]) for name in names]
    return {
        "this is the mean over the fonts: a kin with many fonts counts more. Take the mean of each kin first.": errors.mean(),
        "this is the sum over the kins; take the mean of their means.": of_kin.sum(),
        "the sum over the kins is divided by the number of fonts; divide by the number of kins.": of_kin.sum()
        / len(errors),
        "inside each kin the sum is taken; take the mean.": np.bincount(place, errors).mean(),
        "inside each kin the median is taken; take the mean.": np.mean(middles),
        "this is the median over the kins; take the mean.": np.median(of_kin),
        "only the first font of each kin counts here.": np.mean([errors[kin == name][0] for name in names]),
        "these are the means of the kins; one number is wanted, their mean.": of_kin,
    }


def _kin_cases():
    """Small cases of the mean by kin, see :func:`first_wrong`."""
    for kin, errors, right, why in (
        ("a", [0.6], 0.6, ""),
        ("aa", [0.2, 0.6], 0.4, "(0.2 + 0.6) / 2"),
        ("ab", [0.2, 0.6], 0.4, "(0.2 + 0.6) / 2"),
        ("abb", [0.9, 0.1, 0.3], 0.55, "(0.9 + (0.1 + 0.3) / 2) / 2"),
        ("bab", [0.1, 0.9, 0.3], 0.55, "(0.9 + (0.1 + 0.3) / 2) / 2"),
        ("abbb", [0.9, 0.1, 0.1, 0.4], 0.55, "(0.9 + (0.1 + 0.1 + 0.4) / 3) / 2"),
        ("abc", [0.9, 0.1, 0.2], 0.4, "(0.9 + 0.1 + 0.2) / 3"),
        ("abbbc", [0.8, 0.1, 0.1, 0.4, 0.6], 1.6 / 3, "(0.8 + (0.1 + 0.1 + 0.4) / 3 + 0.6) / 3"),
    ):
        told = f"with the errors {errors} of fonts of the kins {', '.join(kin)}"
        yield told, (np.array(errors), np.array(list(kin))), right, why


def fonts(sizes, d: int, m: int, folds: int, seed: int) -> dict:
    """Made-up fonts: the arguments of ``left_out_drawings``.

    Args:
        sizes: number of fonts of each kin.
        d, m: pixels of the references, and of the letters.
        folds: into how many parts the kins are dealt.
        seed: random seed.
    """
    rng = np.random.default_rng(seed)
    names = np.array(["Nova" + " Sans" * i for i in range(len(sizes))])  # one name is a part of the next
    n = int(sum(sizes))
    kin = rng.permutation(np.repeat(names, sizes))
    references = rng.random((n, d)) + 0.4
    letters = 0.5 + (references - 0.9) @ rng.normal(size=(d, m)) / d + 0.6 * rng.normal(size=(n, m))
    return {
        "references": references.astype("float32"), "letters": letters.astype("float32"), "kin": kin, "strength": 0.7,
        "folds": np.array_split(rng.permutation(names), folds),
    }  # fmt: skip


def _drawn(references, letters, kin, strength, folds, seen="others", clip=False) -> np.ndarray:
    """The drawings by scikit-learn; ``seen`` says which fonts the regression is fitted to."""
    drawings = np.zeros(letters.shape)
    wide, targets = references.astype(float), letters.astype(float)
    for number, fold in enumerate([[name] for name in np.unique(kin)] if seen == "each kin" else folds):
        out = np.isin(kin, fold)
        if seen == "each font":
            for row in np.flatnonzero(out):
                rest = np.arange(len(kin)) != row
                drawings[row] = Ridge(strength).fit(wide[rest], targets[rest]).predict(wide[[row]])[0]
            continue
        following = np.isin(kin, folds[(number + 1) % len(folds)])
        fit, draw = {"all": (out | True, out), "same": (out, out), "turned": (out, ~out), "next": (following, out)}.get(
            seen, (~out, out)
        )
        model = Ridge(strength).fit(wide[fit], targets[fit])
        drawings[draw] = model.predict(wide[draw]).reshape(draw.sum(), -1)
    return np.clip(drawings, 0, 1) if clip else drawings


LEFT_OUT_SLIPS = {
    "the regression has seen the very fonts that it draws. Fit it to the fonts outside the fold.": {"seen": "all"},
    "the regression is fitted to the fold itself; fit it to all the others.": {"seen": "same"},
    "the two sides are exchanged: fit to the fonts outside the fold, draw those inside.": {"seen": "turned"},
    "each font alone was left out: its kin was still in the fit. Leave out all kins of a fold together.": {
        "seen": "each font"
    },
    "each kin alone was left out; leave out all kins of a fold together.": {"seen": "each kin"},
    "the regression is fitted to one other fold; fit it to all the others.": {"seen": "next"},
    "the strength is not the one that was given.": {"strength": 1.0},
    "the strength is not used.": {"strength": 1e-9},
    "nothing is to be clipped here.": {"clip": True},
}


def check_left_out(left_out_drawings: Callable, **given) -> None:
    """Compare with scikit-learn's ridge regression, fitted to the fonts of the other folds.

    Args:
        left_out_drawings: the learner's function.
        given: what :func:`fonts` makes.
    """
    n, kins = len(given["kin"]), len(set(given["kin"]))
    name = f"the drawings of {n} fonts of {kins} kins in {len(given['folds'])} folds"
    found = check.call(left_out_drawings, **given)
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")
    wanted = _drawn(**given)
    mistakes = check.slips(lambda **slip: _drawn(**(given | slip)), LEFT_OUT_SLIPS)
    places = [np.flatnonzero(np.isin(given["kin"], fold)) for fold in given["folds"]]
    mistakes["the rows come fold by fold; put each drawing in the row of its font."] = wanted[np.concatenate(places)]
    by_name = wanted[np.argsort(given["kin"], kind="stable")]
    mistakes["these are the letters minus the drawings; return the drawings."] = given["letters"] - wanted
    mistakes["the rows come kin by kin; put each drawing in the row of its font."] = by_name
    for which, rows in (("first", places[0]), ("last", places[-1])):
        alone = np.zeros_like(wanted)
        alone[rows] = wanted[rows]
        mistakes[f"only the rows of the {which} fold are filled, the others are 0. Does the loop reach every fold?"] = (
            alone
        )
    from_letters = given | {"references": given["letters"]}
    mistakes["the letters themselves are the input of `ridge`; give it the references."] = lambda: _drawn(
        **from_letters
    )
    check.close(
        found, wanted, name, rtol=2e-3, mistakes=mistakes, otherwise=lambda: seen_by(np.asarray(found), wanted, **given)
    )


# ---- patches


def _patch(kernels, strides, slip="") -> tuple[int, int]:
    """Side and step from the last layer back to the first."""
    side = step = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        side, step = (side - 1) * stride + kernel, step * stride
    if slip == "own stride too":  # the product includes the layer's own stride
        side = 1 + sum((k - 1) * int(np.prod(strides[: i + 1])) for i, k in enumerate(kernels))
    elif slip == "no strides":
        side = 1 + sum(k - 1 for k in kernels)
    elif slip == "last strides":
        side = 1 + sum((k - 1) * int(np.prod(strides[i + 1 :])) for i, k in enumerate(kernels))
    elif slip == "kernels":
        side = 1 + sum(k * int(np.prod(strides[:i])) for i, k in enumerate(kernels))
    elif slip == "stride before":
        side = 1 + sum((k - 1) * ([1, *strides][i]) for i, k in enumerate(kernels))
    elif slip == "no one":
        side -= 1
    return side, step


PATCH_SLIPS = {
    "a layer's own stride does not widen its own patch: multiply the strides of the layers before it.": "own stride too",
    "the strides are missing: the pixels of a later layer lie further apart.": "no strides",
    "the strides of the layers after are used; it is those before.": "last strides",
    "k where k - 1 belongs.": "kernels",
    "only the stride of the layer just before is used; multiply all strides before.": "stride before",
    "the 1 in front is missing: without a layer a logit sees one pixel.": "no one",
}


def check_patch(patch: Callable, kernels: list[int], strides: list[int]) -> None:
    """Compare with the recursion from the last layer back, which needs no product over layers.

    Args:
        patch: the learner's function.
        kernels, strides: of each layer, the first one first.
    """
    name = f"the patch for kernels {kernels} and strides {strides}"
    found = check.call(patch, list(kernels), list(strides))
    check.require(found is not None, f"{name}: nothing was returned. Is the `return` missing?")
    side, step = check.several(found, "side", "step")
    for place, (told, value) in enumerate((("side", side), ("step", step))):

        def answer(*layers, place=place):
            return check.call(patch, *layers)[place]

        right = _patch(kernels, strides)[place]
        check.close(
            value, right, f"{name}: the {told}",
            mistakes=partial(
                check.confirmed, answer, MISTAKES[place], (kernels, strides), [([5, 3, 4, 2, 6], [3, 2, 4, 1, 5])],
                everywhere=True,
            ),
            otherwise=lambda answer=answer, place=place: check.first_wrong(
                answer, _first_layers(kernels, strides, place)
            ),
        )  # fmt: skip


def _side_mistakes(kernels: list, strides: list) -> dict:
    return {words: _patch(kernels, strides, slip)[0] for words, slip in PATCH_SLIPS.items()} | {
        "side and step are exchanged.": math.prod(strides),
        "the layers are taken in the wrong order.": _patch(kernels[::-1], strides[::-1])[0],
    }


def _step_mistakes(kernels: list, strides: list) -> dict:
    return {
        "this is the sum of the strides; take the product.": sum(strides),
        "the last layer's stride counts as well.": math.prod(strides[:-1]),
        "this is the last stride alone; take the product of all.": (strides or [1])[-1],
        "this is the largest stride; take the product of all.": max(strides, default=1),
    }


MISTAKES = _side_mistakes, _step_mistakes


def _first_layers(kernels: list, strides: list, place: int):
    """The first layers, one more in each case, with the side (0) or the step (1) worked out: see :func:`first_wrong`."""
    for n in range(1, len(kernels) + 1):
        some, steps = kernels[:n], [math.prod(strides[:i]) for i in range(n)]
        sums = " + ".join(["1", *(f"{k - 1} · {step}" for k, step in zip(some, steps, strict=True))])
        why = (sums, " · ".join(map(str, strides[:n])))[place]
        told = f"for the kernels {some} and strides {strides[:n]} alone"
        yield told, (some, strides[:n]), _patch(some, strides[:n])[place], why if n > 1 or not place else ""
