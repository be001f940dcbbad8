"""Checks of lesson 23, anomalies."""

from collections.abc import Callable

import keras
import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from course_utils import check


def check_autoencoder(build: Callable, n_features: int, width: int, latent_dim: int, end: str | None) -> None:
    """Is it the autoencoder that was asked for: sizes and activations?"""
    sizes = [n_features, width, latent_dim, width, n_features]
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    count, name = sum((a + 1) * b for a, b in pairs), "the autoencoder"
    arguments = (n_features, width, latent_dim, end)
    model = check.model(build, *arguments, takes=(n_features,), gives=(n_features,), parameters=count, name=name)
    weights = model.get_weights()
    found = [w.shape for w in weights if w.ndim == 2]
    check.require(
        found == pairs,
        f"The layers have weights of the shapes {found}; expected {pairs}.",
    )
    rng = np.random.default_rng(latent_dim)
    drawn = [rng.normal(size=w.shape) / np.sqrt(w.shape[0]) for w in weights]
    x = rng.random((3, n_features)).astype("float32")

    def right(hidden="gelu", latent="linear", last=end or "linear"):
        a = x.astype(float)
        for k, kind in enumerate((hidden, latent, hidden, last)):
            sums = keras.ops.convert_to_tensor(a @ drawn[2 * k] + drawn[2 * k + 1])
            a = np.asarray(keras.activations.get(kind)(sums), dtype=float)
        return a

    slips = {f"{kind} instead of GELU on the wide layers.": {"hidden": kind} for kind in ("relu", "tanh", "silu")}
    slips |= {
        "no activation on the wide layers; they need GELU.": {"hidden": "linear"},
        "an activation (GELU) on the latent code; it needs none.": {"latent": "gelu"},
        "an activation (ReLU) on the latent code; it needs none.": {"latent": "relu"},
        "the last layer always has a sigmoid; its activation is the argument `end`.": {"last": "sigmoid"},
        "the last layer has no activation; it is the argument `end`.": {"last": "linear"},
        "the last layer has GELU; its activation is the argument `end`.": {"last": "gelu"},
    }
    answer = check.with_weights(model, drawn, x)
    check.close(answer, right(), f"{name}'s answer with known weights", rtol=1e-3, mistakes=check.slips(right, slips))


def check_score(score: Callable, shape: tuple) -> None:
    """Compare with a plain loop, and know the usual mistakes."""
    rng = np.random.default_rng(len(shape) * 100 + shape[0])
    x, rebuilt = rng.random(shape).astype("float32"), rng.random(shape).astype("float32")
    name = f"the scores of {shape[0]} examples of shape {shape[1:]}"
    value = check.call(score, x, rebuilt)
    check.require(
        value is None or np.ndim(value) > 0, f"{name}: one number for the whole batch; every example needs its own."
    )
    gaps = [(a - b).astype(float).ravel() for a, b in zip(x, rebuilt, strict=True)]

    def formula(kind="squares", how=np.mean, root=False, sign=1.0):
        entries = {"squares": np.square, "absolute": np.abs, "plain": np.asarray}[kind]
        values = np.array([how(entries(gap)) for gap in gaps])
        return sign * (np.sqrt(np.abs(values)) if root else values)

    mistakes = check.slips(
        formula,
        {
            "the sign is turned round: large must mean suspicious.": {"sign": -1.0},
            "summed over the entries; take the mean.": {"how": np.sum},
            "the root was taken; the score is the mean square.": {"root": True},
            "absolute differences; square them.": {"kind": "absolute"},
            "the differences cancel: square them before averaging.": {"kind": "plain"},
            "this is the median; take the mean.": {"how": np.median},
        },
    )
    length = {"this is the length of the difference; take the mean square.": formula(how=np.sum, root=True)}
    check.close(value, formula(), name, mistakes=length | mistakes)


def random_cases(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,), with ties if the seed is odd, and whether each is an anomaly."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 60))
    labels = rng.permutation(np.arange(n) < rng.integers(2, n // 2))
    return (rng.integers(0, 6, n) if seed % 2 else rng.normal(size=n) + 0.7 * labels).astype(float), labels


def check_auc(auc: Callable, scores, labels) -> None:
    """Compare with scikit-learn, which integrates the curve, and know the usual mistakes."""
    scores, labels = np.asarray(scores, float), np.asarray(labels, bool)
    name = f"the AUC of {labels.sum()} anomalies and {np.sum(~labels)} normal cases"
    right = roc_auc_score(labels, scores)
    pairs = np.sign(scores[labels][:, None] - scores[~labels][None, :])
    close = np.isclose(scores[labels][:, None], scores[~labels][None, :])
    higher, ties = np.mean(pairs == 1), np.mean(pairs == 0)
    turned = "here the area is below one half, and must stay so: do not turn the score round."
    mistakes = {turned: 1 - right} if right < 0.5 else {}
    mistakes |= {
        "ties are not counted at all; each counts half.": higher,
        "ties count in full; each counts half.": higher + ties,
        "the sign is turned round: an anomaly should score HIGHER.": 1 - right,
        "this is a number of pairs; divide by how many pairs there are.": right * pairs.size,
        "divide by the number of pairs, anomalies times normal cases.": right * pairs.size / len(scores) ** 2,
        "this is 2 AUC - 1, which runs from -1 to 1.": 2 * right - 1,
        "nearly equal scores were taken for equal (isclose?): a tie is exact.": np.mean(
            np.where(close, 0.5, pairs == 1)
        ),
    }
    check.close(check.call(auc, scores, labels), right, name, mistakes=mistakes)


def _ap_formula(scores, labels, turn=False, other=False, step="right") -> float:
    """Average precision by scikit-learn's curve, with its usual slips as options."""
    labels = ~labels if other else labels
    scores = -scores if turn else scores
    if not labels.any():
        raise ValueError("nothing is positive")
    if step == "right":
        return average_precision_score(labels, scores)
    precision, recall, _ = precision_recall_curve(labels, scores)
    falls = -np.diff(recall)
    return {
        "smooth": np.sum(falls * np.maximum.accumulate(precision)[:-1]),
        "before": np.sum(falls * precision[1:]),
        "open": np.sum(falls[1:] * precision[1:-1]),
        "trapezoid": np.sum(falls * (precision[1:] + precision[:-1]) / 2),
        "mean": np.mean(precision[:-1]),
        "upwards": np.sum(np.diff(recall[:-1], prepend=0) * precision[:-1]),
    }[step]


def check_average_precision(average_precision: Callable, scores, labels) -> None:
    """Compare with scikit-learn, and know the usual mistakes."""
    scores, labels = np.asarray(scores, float), np.asarray(labels, bool)

    def by_rank(order):
        hits = labels[order]
        return np.mean((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits])

    each = [np.mean(labels[scores >= t]) for t in np.unique(scores[labels])]
    mistakes = check.slips(
        lambda **slips: _ap_formula(scores, labels, **slips),
        {
            "the sign is turned round: start with the HIGHEST score.": {"turn": True},
            "the normal class is counted as positive, with the anomalies' scores.": {"other": True},
            "go from the HIGHEST threshold down, so that recall grows.": {"step": "upwards"},
            "precision was smoothed (the best one further right); take it as it is.": {"step": "smooth"},
            "each step takes the precision before it, P_(k-1); take P_k.": {"step": "before"},
            "cases AT the threshold raise the alarm too: the lowest score must be counted.": {"step": "open"},
            "straight lines between thresholds (trapezoids); take steps.": {"step": "trapezoid"},
            "this is the mean precision over all thresholds; weight it by the step in recall.": {"step": "mean"},
        },
    )
    mistakes |= {
        "each distinct score of an anomaly counts alike; weight it by its step in recall.": np.mean(each),
        "equal scores must raise the alarm together, not in the order of the rows.": by_rank(
            np.argsort(-scores, kind="stable")
        ),
        "equal scores raise the alarm together; yours do one by one.": by_rank(np.argsort(scores, kind="stable")[::-1]),
    }
    if not labels.all():
        mistakes["this is the area under the ROC curve."] = roc_auc_score(labels, scores)
    name = f"the average precision of {labels.sum()} anomalies among {len(labels)} cases"
    answer = check.call(average_precision, scores, labels)
    check.close(answer, average_precision_score(labels, scores), name, mistakes=mistakes)


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

    def formula(mean="fit", spread="fit", rho=ridge, ddof=0, diagonal=False, everywhere=0.0, root=False, scale=1.0):
        part = everything[spread]
        centred = part - part.mean(axis=0)
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
        },
    )
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(x_fit.T, bias=True)), hermitian=True)
    centred = x_new - x_fit.mean(axis=0)
    pseudo = "the ridge is missing; a pseudo-inverse overlooks what is new in a constant column."
    mistakes = {pseudo: np.sum(centred @ inverse * centred, axis=1)} | mistakes
    name = f"{len(x_fit)} normal rows, {len(x_new)} new rows, {x_fit.shape[1]} columns"
    check.close(check.call(score, x_fit, x_new, ridge), formula(), name, rtol=1e-3, mistakes=mistakes)


def threshold_case(name: str) -> tuple:
    """Validation and test data, and costs of a miss and of a false alarm, by the name of the case."""
    cases = {
        "ten to one": (np.arange(1, 10) / 10, "001001101", [0.15, 0.35, 0.45, 0.55, 0.65, 0.72, 0.85, 0.95], "00010101", 10, 1),
        "never is cheapest": ([3, 2, 1, 4, 0], "01000", [2.5, 1.5, 3.5, 0.5], "1000", 1, 2),
        "an unlike test": (range(1, 7), "100001", [6, 5.2, 5.15, 5.1, 1.5], "01110", 2, 1),
        "always is cheapest": (range(4), "1001", range(3), "001", 50, 1),
    }  # fmt: skip
    val, val_label, test, test_label, miss, alarm = cases[name]
    labels = [np.array([c == "1" for c in text]) for text in (val_label, test_label)]
    return np.array(val, float), labels[0], np.array(test, float), labels[1], float(miss), float(alarm)


def random_threshold_case(seed: int) -> tuple:
    """As :func:`threshold_case`, at random; with ties if the seed is odd."""
    rng, parts = np.random.default_rng(seed), []
    for n in rng.integers(15, 60, 2):
        label = rng.permutation(np.arange(n) < rng.integers(2, n - 2))
        score = rng.normal(size=n) ** (3 if seed % 3 == 0 else 1) + 1.2 * label  # unevenly spaced
        parts += [np.round(score, 1) if seed % 2 else score, label]
    costs = [(10, 1), (1, 1), (1, 5), (3.5, 0.5), (0.2, 8), (100, 1), (2, 3)][seed % 7]
    return *parts, *map(float, costs)


class _Costs:
    """Costs of thresholds on one part of the data."""

    def __init__(self, scores, labels):
        self.scores, self.labels = scores, labels
        self.tries = [*sorted(set(scores.tolist())), np.inf]

    def of(self, threshold: float, miss: float, alarm: float, above: bool = False) -> float:
        rings = self.scores > threshold if above else self.scores >= threshold
        return float(np.mean(np.where(self.labels, np.where(rings, 0, miss), np.where(rings, alarm, 0))))

    def all(self, miss: float, alarm: float, above: bool = False) -> list[float]:
        return [self.of(t, miss, alarm, above) for t in self.tries]

    def rates(self, miss: float, alarm: float) -> tuple[float, float]:
        share = np.mean(self.labels)
        return miss / share, alarm / (1 - share)


def _why(threshold: float, val: _Costs, test: _Costs, miss: float, alarm: float) -> str:
    """What is behind a threshold that is not the cheapest on the validation data."""
    costs, mine = val.all(miss, alarm), val.of(threshold, miss, alarm)

    def cheapest(part, *args, **kwargs) -> bool:
        return part.of(threshold, *args, **kwargs) <= min(part.all(*args, **kwargs)) + 1e-9

    if min(costs) == costs[-1] and mine <= min(costs[:-1]) + 1e-9:
        return " Never to ring is cheaper: try a threshold above all scores."
    if min(costs) == costs[0] and mine <= min(costs[1:]) + 1e-9:
        return " Always to ring is cheaper: try the lowest score as threshold."
    if cheapest(val, miss, alarm, above=True):
        return " It would be the cheapest with score > threshold; the alarm rings AT it, too."
    if cheapest(val, 1, 1):
        return " It makes the fewest mistakes, as if all of them cost the same."
    if cheapest(val, alarm, miss):
        return " It would be the cheapest with the two costs exchanged."
    if cheapest(val, *val.rates(miss, alarm)):
        return " Miss and false alarm were each divided by their own kind: take all cases."
    if cheapest(test, miss, alarm):
        return " It is the cheapest on the TEST: choose on the validation data."
    return " Try every validation score as threshold, and one above them all."


def check_threshold(choose: Callable, val, val_label, test, test_label, miss: float, alarm: float) -> None:
    """Is the threshold as cheap as any on the validation data, and the test cost its own?"""
    name = f"{len(val)} validation cases, costs {miss:g} and {alarm:g}"
    pair = check.several(check.call(choose, val, val_label, test, test_label, miss, alarm), "the threshold", "the cost")
    try:
        threshold, paid = float(pair[0]), float(pair[1])
    except (TypeError, ValueError):
        raise check.CheckError(f"{name}: the threshold and the cost must each be one number.") from None
    check.require(not np.isnan(threshold), f"{name}: the threshold is NaN.")
    val, test = _Costs(val, val_label), _Costs(test, test_label)
    cheapest, mine = min(val.all(miss, alarm)), val.of(threshold, miss, alarm)
    if mine > cheapest + 1e-9 and val.of(paid, miss, alarm) <= cheapest + 1e-9 and paid in val.tries:
        raise check.CheckError(f"{name}: the two results are exchanged; the threshold comes first.")
    check.require(
        mine <= cheapest + 1e-9,
        f"{name}: with your threshold {threshold:.4g} (alarm where score >= threshold) a validation case costs "
        f"{mine:.4g}; {cheapest:.4g} can be had.{_why(threshold, val, test, miss, alarm)}",
    )
    right, n, hits = test.of(threshold, miss, alarm), len(test.labels), test.labels.sum()
    mistakes = {
        "this is the cost on the validation data; state that on the test.": mine,
        "this is the sum over all cases; take the mean.": right * n,
        "miss and false alarm are exchanged.": test.of(threshold, alarm, miss),
        "this is a share of mistakes, not a cost.": test.of(threshold, 1, 1),
        "the alarm rings AT the threshold, too: score >= threshold.": test.of(threshold, miss, alarm, above=True),
        "each kind was divided by its own number; take the mean over all cases.": test.of(
            threshold, *test.rates(miss, alarm)
        )
        if 0 < hits < n
        else -1,
        "divided by the anomalies only; take the mean over all cases.": right * n / max(hits, 1),
    }
    check.close(paid, right, f"{name}: the cost on the test", mistakes=mistakes)
