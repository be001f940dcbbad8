"""Checks of lesson 23, anomalies."""

from collections.abc import Callable
from functools import partial

import keras
import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from course_utils import check
from course_utils.checks import anomaly_words as words


def check_autoencoder(build: Callable, n_features: int, width: int, latent_dim: int, end: str | None) -> None:
    """Is it the autoencoder that was asked for: sizes and activations?"""
    sizes = [n_features, width, latent_dim, width, n_features]
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    name = "the autoencoder"
    arguments = (n_features, width, latent_dim, end)
    model = check.model(build, *arguments, takes=(n_features,), gives=(n_features,), name=name)
    weights = model.get_weights()
    found = [w.shape for w in weights if w.ndim == 2]
    check.require(found == pairs, f"The Dense layers are {_chain(found)}; expected {_chain(pairs)}.")
    others = [w.shape for w in weights if w.ndim != 2]
    check.require(
        others == [(b,) for _, b in pairs],
        f"Besides the matrices of the Dense layers there are {len(others)} arrays of weights, of the shapes {others}; "
        f"expected {len(pairs)}: one bias for each Dense layer, and no other layer with weights.",
    )
    rng = np.random.default_rng(latent_dim)
    scales = np.repeat([2.0, 2.0, 1.0, 0.5], 2)  # large sums, too
    drawn = [scale * rng.normal(size=w.shape) / np.sqrt(w.shape[0]) for w, scale in zip(weights, scales, strict=True)]
    x = rng.random((3, n_features)).astype("float32")

    def right(hidden="gelu", latent="linear", last=end or "linear", first=None, second=None):
        a = x.astype(float)
        for k, kind in enumerate((first or hidden, latent, second or hidden, last)):
            sums = keras.ops.convert_to_tensor(a @ drawn[2 * k] + drawn[2 * k + 1])
            a = np.asarray(keras.activations.get(kind)(sums), dtype=float)
        return a

    others = ("relu", "tanh", "silu", "elu", "selu", "softplus", "leaky_relu")
    slips = {f"{kind} instead of GELU on the wide layers.": {"hidden": kind} for kind in others}
    names = {"gelu": "GELU", "relu": "ReLU", "sigmoid": "sigmoid", "tanh": "tanh"}
    slips |= {
        f"an activation ({name}) on the latent code; it needs none.": {"latent": kind} for kind, name in names.items()
    }
    slips |= {
        "no activation on the wide layers; they need GELU.": {"hidden": "linear"},
        "`end` is the activation of the wide layers; they need GELU.": {"hidden": end},
        "no activation on the second wide layer; both need GELU.": {"second": "linear"},
        "no activation on the first wide layer; both need GELU.": {"first": "linear"},
        "`end` is the activation of the latent code; it belongs to the last layer.": {"latent": end, "last": "linear"},
        f"the last layer has a sigmoid; its activation is the argument `end`, here {end}.": {"last": "sigmoid"},
        f"the last layer has no activation; it is the argument `end`, here {end}.": {"last": "linear"},
        "the last layer has GELU; its activation is the argument `end`.": {"last": "gelu"},
    }
    answer = check.with_weights(model, drawn, x)
    told = partial(_which_layer, model, end)
    known = check.slips(right, slips)
    check.close(answer, right(), f"{name}'s answer with known weights", rtol=1e-3, mistakes=known, otherwise=told)


def _which_layer(model, end: str | None) -> str:
    """The last layer that does not answer as it should to a known sum in all its units."""
    weights, activations = [np.zeros_like(w) for w in model.get_weights()], ("gelu", None, "gelu", end)
    names = "GELU", "no activation", "GELU", end or "no activation"
    layers = "the first wide layer", "the latent code", "the second wide layer", "the last layer"
    for place in (3, 2, 1, 0):
        for value in (-2.0, -0.5, 1.0, 3.0):
            given = [w.copy() for w in weights]
            given[2 * place + 1][:] = value
            for later in range(place + 1, 4):
                given[2 * later][:] = 1 / len(given[2 * later])  # hands on the mean
            right = keras.ops.convert_to_tensor([value])
            for kind in activations[place:]:
                right = keras.activations.get(kind)(right)
            found = check.with_weights(model, given, np.zeros((1, model.input_shape[1]), "float32")).ravel()[0]
            if not np.isclose(found, float(right[0]), rtol=1e-3, atol=1e-4):
                return (
                    f"{layers[place]} is not as asked{', those behind it are' * (place < 3)}: with a bias of {value:g} in all its units, "
                    f"its kernel 0 and later ones that take means, the answer is {found:.4f}, expected "
                    f"{float(right[0]):.4f}. It needs {names[place]}, and nothing else."
                )
    return ""


def _chain(shapes: list) -> str:
    """Dense layers as `4 → 2 → 4` if each takes what the one before gives."""
    linked = all(a[1] == b[0] for a, b in zip(shapes, shapes[1:], strict=False))
    if not shapes or not linked:
        return ", ".join(f"{a} → {b}" for a, b in shapes) or "none"
    return " → ".join(str(size) for size in (shapes[0][0], *(b for _, b in shapes)))


def check_score(score: Callable, shape: tuple) -> None:
    """Compare with a plain loop, and know the usual mistakes."""
    rng = np.random.default_rng(len(shape) * 100 + shape[0])
    x, rebuilt = rng.random(shape).astype("float32"), rng.random(shape).astype("float32")
    name = f"the scores of {shape[0]} examples of shape {shape[1:]}"
    value = check.call(score, x, rebuilt)
    check.require(
        value is None or np.ndim(value) > 0 or shape[0] == 1,
        f"{name}: one number for the whole batch; every example needs its own.",
    )
    gaps = [(a - b).astype(float).ravel() for a, b in zip(x, rebuilt, strict=True)]

    def formula(kind="squares", how=np.mean, power=1.0, sign=1.0):
        entries = {"squares": np.square, "absolute": np.abs, "plain": np.asarray}[kind]
        values = np.array([how(entries(gap)) for gap in gaps])
        return sign * (values if power == 1 else np.abs(values) ** power)

    mistakes = check.slips(
        formula,
        {
            "the sign is turned round: large must mean suspicious.": {"sign": -1.0},
            "summed over the entries; take the mean.": {"how": np.sum},
            "the root was taken; the score is the mean square.": {"power": 0.5},
            "absolute differences; square them.": {"kind": "absolute"},
            "the differences cancel: square them before averaging.": {"kind": "plain"},
            "averaged first and squared then; square first.": {"kind": "plain", "power": 2.0},
            "this is the median; take the mean.": {"how": np.median},
            "this is the largest square; take the mean.": {"how": np.max},
            "halved; the mean square has no ½.": {"sign": 0.5},
            "this is the variance of the differences; their own mean is part of the error.": {
                "kind": "plain",
                "how": np.var,
            },
        },
    )
    flat = np.square(np.stack(gaps))
    first = {
        "this is the length of the difference; take the mean square.": formula(how=np.sum, power=0.5),
        "the entries of different examples were mixed: reshape(len(x), -1), then axis=1.": flat.reshape(
            -1, len(x)
        ).mean(axis=0),
        "the right scores in another order; keep that of the examples.": np.sort(formula()),
        "one score for each entry, averaged over the examples; take axis=1.": flat.mean(axis=0),
    }
    told = partial(words.of_one_example, score) if np.shape(value) == shape[:1] else None
    check.close(value, formula(), name, mistakes=first | mistakes, otherwise=told)


def random_cases(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,), with ties if the seed is odd, and whether each is an anomaly."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 60))
    labels = rng.permutation(np.arange(n) < rng.integers(2, n // 2))
    return (rng.integers(0, 6, n) if seed % 2 else rng.normal(size=n) + 0.7 * labels).astype(float), labels


def _auc(scores, labels) -> float:
    if labels.all() or not labels.any():
        raise ValueError("both kinds occur")
    return roc_auc_score(labels, scores)


def check_auc(auc: Callable, scores, labels) -> None:
    """Compare with scikit-learn, which integrates the curve, and know the usual mistakes."""
    scores, labels = np.asarray(scores, float), np.asarray(labels, bool)
    check.close(
        check.call(auc, scores, labels),
        _auc(scores, labels),
        f"the AUC of {labels.sum()} anomalies and {np.sum(~labels)} normal cases",
        mistakes=lambda: words.confirmed(auc, _auc_mistakes, scores, labels),
        otherwise=partial(words.smallest, auc, _auc, words.pairs_in_words, scores, labels),
    )


def _auc_mistakes(scores, labels) -> dict:
    right = roc_auc_score(labels, scores)
    a, b = scores[labels][:, None], scores[~labels][None, :]
    pairs, close = np.sign(a - b), np.isclose(a, b)
    higher, ties, (m, n) = np.mean(pairs == 1), np.mean(pairs == 0), pairs.shape
    later = np.flatnonzero(labels)[:, None] > np.flatnonzero(~labels)
    return {
        "here the area is below one half, and must stay so: do not turn the score round.": max(right, 1 - right),
        "ties are not counted at all; each counts half.": higher,
        "ties count in full; each counts half.": higher + ties,
        "of two equal scores the later row ranks higher (argsort?); a tie counts half.": np.mean(
            (pairs == 1) | (pairs == 0) & later
        ),
        "of two equal scores the earlier row ranks higher (argsort?); a tie counts half.": np.mean(
            (pairs == 1) | (pairs == 0) & ~later
        ),
        "the sign is turned round: an anomaly should score HIGHER.": 1 - right,
        "this is a number of pairs; divide by how many pairs there are.": right * pairs.size,
        "divide by the number of pairs, anomalies times normal cases.": right * pairs.size / len(scores) ** 2,
        "divided by the anomalies only; there are m · n pairs.": right * n,
        "divided by the normal cases only; there are m · n pairs.": right * m,
        "divided by m + n; there are m · n pairs.": right * m * n / (m + n),
        "this is in per cent; return a number from 0 to 1.": 100 * right,
        "one number for each anomaly; take the mean over all pairs.": np.mean(pairs / 2 + 0.5, axis=1),
        "a bracket is missing: 0.5 * (a == b). Python adds and multiplies before it compares.": np.mean(
            (a > b) + 0.5 * a == b
        ),
        "anomalies were compared with all cases; take the normal ones.": np.mean(
            np.sign(a - scores[None, :]) / 2 + 0.5
        ),
        "only some pairs were compared (zip?); every anomaly meets every normal case.": np.mean(
            np.diagonal(pairs) / 2 + 0.5
        ),
        "only some pairs were compared (zip?), and ties count nothing; every anomaly meets every normal case.": np.mean(
            np.diagonal(pairs) == 1
        ),
        "this is the average precision.": average_precision_score(labels, scores),
        "this is 2 AUC - 1, which runs from -1 to 1.": 2 * right - 1,
        "nearly equal scores were taken for equal (isclose?): a tie is exact.": np.mean(
            np.where(close, 0.5, pairs == 1)
        ),
    }


def _ap_formula(scores, labels, turn=False, other=False, step="right") -> float:
    """Average precision by scikit-learn's curve, with its usual slips as options."""
    labels = ~labels if other else labels
    scores = -scores if turn else scores
    if not labels.any():
        raise ValueError("nothing is positive")
    if step == "right":
        return average_precision_score(labels, scores)
    precision, recall, _ = precision_recall_curve(labels, scores)
    falls, k = -np.diff(recall), len(recall) - 1
    rings = np.array([np.mean(scores >= t) for t in np.unique(scores)])
    false = np.array([np.mean(scores[~labels] >= t) for t in np.unique(scores)])
    p, r = precision[:-1], recall[:-1]  # lowest threshold first
    return {
        "whole": np.sum(r * p),
        "of alarms": np.sum(-np.diff(p, append=0) * p),
        "of all": np.sum(falls * p) * np.mean(labels),
        "no division": np.sum(falls * p * rings),
        "false alarms": np.sum(-np.diff(false, append=0) * p),
        "first missing": np.sum((falls * p)[:-1]),
        "divided": np.sum(falls * p) / k,
        "smooth": np.sum(falls * np.maximum.accumulate(precision)[:-1]),
        "before": np.sum(falls * precision[1:]),
        "open": np.sum(falls[1:] * precision[1:-1]),
        "trapezoid": np.sum(falls * (precision[1:] + precision[:-1]) / 2),
        "mean": np.mean(precision[:-1]),
        "upwards": np.sum(np.diff(recall[:-1], prepend=0) * precision[:-1]),
    }[step]


def _ap(scores, labels) -> float:
    if not labels.any():
        raise ValueError("at least one is an anomaly")
    return average_precision_score(labels, scores)


def check_average_precision(average_precision: Callable, scores, labels) -> None:
    """Compare with scikit-learn, and know the usual mistakes."""
    scores, labels = np.asarray(scores, float), np.asarray(labels, bool)
    check.close(
        check.call(average_precision, scores, labels),
        _ap(scores, labels),
        f"the average precision of {labels.sum()} anomalies among {len(labels)} cases",
        mistakes=lambda: words.confirmed(average_precision, _ap_mistakes, scores, labels),
        otherwise=partial(words.smallest, average_precision, _ap, words.steps_in_words, scores, labels),
    )


def _ap_mistakes(scores, labels) -> dict:
    def by_rank(order):
        hits = labels[order]
        return np.mean((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits])

    each = [np.mean(labels[scores >= t]) for t in np.unique(scores[labels])]
    mistakes = check.slips(
        lambda **slips: _ap_formula(scores, labels, **slips),
        {
            "the sign is turned round: the alarm rings for HIGH scores, score >= threshold.": {"turn": True},
            "the normal class is counted as positive, with the anomalies' scores.": {"other": True},
            "go from the HIGHEST threshold down, and take steps in recall, not in precision.": {"step": "upwards"},
            "precision was smoothed (the best one further right); take it as it is.": {"step": "smooth"},
            "each step takes the precision before it, P_(k-1); take P_k.": {"step": "before"},
            "cases AT the threshold raise the alarm too: the lowest score must be counted.": {"step": "open"},
            "straight lines between thresholds (trapezoids); take steps.": {"step": "trapezoid"},
            "this is the mean precision over all thresholds; weight it by the step in recall.": {"step": "mean"},
            "each threshold enters with its whole recall; take the step R_k - R_(k-1).": {"step": "whole"},
            "recall was divided by the alarms; divide by the anomalies.": {"step": "of alarms"},
            "recall was divided by all cases; divide by the anomalies.": {"step": "of all"},
            "precision was divided by all cases; divide by the alarms.": {"step": "no division"},
            "these are steps in the share of false alarms; take steps in recall.": {"step": "false alarms"},
            "the first step is missing: R_0 = 0, so it counts in full.": {"step": "first missing"},
            "divided by the number of thresholds; the steps in recall add up to 1 already.": {"step": "divided"},
        },
    )
    mistakes |= {
        "the sign is wrong: the steps were taken backwards.": -average_precision_score(labels, scores),
        "this is NaN, the precision of no alarm at all: cases AT the threshold raise the alarm, too.": np.nan,
        "each distinct score of an anomaly counts alike; weight it by its step in recall.": np.mean(each),
        "equal scores must raise the alarm together, not in the order of the rows.": by_rank(
            np.argsort(-scores, kind="stable")
        ),
        "equal scores raise the alarm together; yours do one by one.": by_rank(np.argsort(scores, kind="stable")[::-1]),
    }
    if not labels.all():
        mistakes["this is the area under the ROC curve."] = roc_auc_score(labels, scores)
    return dict(mistakes)


def rows_with_a_constant_column() -> tuple[np.ndarray, np.ndarray]:
    """30 normal rows (30, 3), the third column constant, and 4 new rows."""
    spread = np.array([[2.0, 1.5, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.0]])
    rows = np.random.default_rng(0).normal(size=(30, 3)) @ spread + [5.0, -1.0, 2.0]
    return rows, np.random.default_rng(1).normal(size=(4, 3)) * 2 + [4.0, 0.0, 2.5]


def random_rows(n: int, d: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Normal rows (n, d) with correlated columns, and new rows (m, d)."""
    rng = np.random.default_rng([n, d, m])
    rows = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 10 * rng.normal(size=d)
    return rows, rng.normal(size=(m, d)) * 3 + rows.mean(axis=0) + 1


def check_mahalanobis(score: Callable, x_fit: np.ndarray, x_new: np.ndarray, ridge: float) -> None:
    """Compare with a loop over eigenvectors, and know the usual mistakes."""
    both, everything = np.concatenate([x_fit, x_new]), {"fit": x_fit, "new": x_new, "zero": np.zeros_like(x_fit)}
    everything["both"] = both

    def formula(
        mean="fit", spread="fit", rho=ridge, ddof=0, diagonal=False, everywhere=0.0, root=False, scale=1.0, moment=False
    ):
        part = everything[spread]
        centred = part - part.mean(axis=0) * (not moment)
        sigma = centred.T @ centred / max(len(part) - ddof, 1) + everywhere
        lam, vectors = np.linalg.eigh(np.diag(np.diag(sigma)) if diagonal else sigma)
        centre = np.full(x_fit.shape[1], x_fit.mean()) if mean == "all" else everything[mean].mean(axis=0)
        total = scale * np.sum(((x_new - centre) @ vectors) ** 2 / np.maximum(lam.clip(0) + rho, 1e-12), axis=1)
        return np.sqrt(total) if root else total

    mistakes = check.slips(
        formula,
        {
            "the ridge is missing: this covariance is singular.": {"rho": 0.0},
            "the ridge was added to every entry; it belongs on the diagonal only.": {"rho": 0.0, "everywhere": ridge},
            "x_new was not centred: subtract the mean of x_fit.": {"mean": "zero"},
            "one mean over all entries; take the mean of each column.": {"mean": "all"},
            "divided by n - 1; here the covariance is divided by n.": {"ddof": 1},
            "mean and covariance are of x_new: fit them to x_fit.": {"mean": "new", "spread": "new"},
            "mean and covariance are of all rows: fit them to x_fit only.": {"mean": "both", "spread": "both"},
            "the mean is that of x_new; take that of x_fit.": {"mean": "new"},
            "the covariance is that of x_new; take that of x_fit.": {"spread": "new"},
            "the covariance is that of all rows; take that of x_fit.": {"spread": "both"},
            "only the variances were used; the whole covariance is wanted.": {"diagonal": True},
            "this is the distance; its square is wanted.": {"root": True},
            "the sign is turned round: large must mean suspicious.": {"scale": -1.0},
            "divided by the number of columns.": {"scale": 1 / x_fit.shape[1]},
            "halved; the squared distance has no ½.": {"scale": 0.5},
            "the ridge was squared.": {"rho": ridge**2},
            "the covariance was not divided by n.": {"ddof": len(x_fit) - 1},
            "x_fit was not centred before its covariance.": {"moment": True},
        },
    )
    name = f"{len(x_fit)} normal rows, {len(x_new)} new rows, {x_fit.shape[1]} columns"
    told = partial(words.about_distance, score, x_fit, x_new, ridge)
    check.close(
        check.call(score, x_fit, x_new, ridge),
        formula(),
        name,
        rtol=1e-3,
        mistakes=_inverse_mistakes(x_fit, x_new, ridge) | mistakes,
        otherwise=told,
    )


def _inverse_mistakes(x_fit: np.ndarray, x_new: np.ndarray, ridge: float) -> dict:
    sigma, centred = np.atleast_2d(np.cov(x_fit.T, bias=True)), x_new - x_fit.mean(axis=0)
    ridged, identity = sigma + ridge * np.eye(len(sigma)), np.eye(len(sigma))
    right_inverse = np.linalg.inv(ridged)

    def of(matrix):
        return np.sum(centred @ matrix * centred, axis=1)

    with np.errstate(all="ignore"):
        return {
            "the ridge is missing; a pseudo-inverse overlooks what is new in a constant column.": of(
                np.linalg.pinv(sigma, hermitian=True)
            ),
            "the ridge was added to the inverse; add it to the covariance before.": of(
                np.linalg.pinv(sigma, hermitian=True) + ridge * identity
            ),
            "the covariance was not inverted.": of(ridged),
            "every entry was inverted by itself; take the inverse of the matrix (np.linalg.inv).": of(1 / ridged),
            "the covariance does not enter.": of(identity),
            "only the diagonal of the inverse was used.": of(np.diag(np.diag(right_inverse))),
            "the inverse was applied to both sides; once is enough.": np.sum((centred @ right_inverse) ** 2, axis=1),
            "no absolute values: mixed products may be negative.": np.sum(
                np.abs(centred @ right_inverse * centred), axis=1
            ),
            "the distances of all rows were added up; return one for each row.": of(right_inverse).sum(),
            "summed over the rows; sum over the columns, axis=1.": np.sum(centred @ right_inverse * centred, axis=0),
            "of this m × m matrix only the diagonal is wanted.": centred @ right_inverse @ centred.T,
        }
