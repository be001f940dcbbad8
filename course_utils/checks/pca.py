"""Checks of lesson 12, PCA and the linear autoencoder."""

import numpy as np

from course_utils import check
from course_utils.checks.pca_angles import check_angles as check_angles
from course_utils.checks.pca_angles import check_random_angles as check_random_angles
from course_utils.checks.pca_angles import check_same_subspace as check_same_subspace
from course_utils.checks.pca_maps import check_project as check_project
from course_utils.checks.pca_maps import check_reconstruct as check_reconstruct
from course_utils.training import set_seed

RESULTS = "the mean", "the components", "the variances"
CROSS = np.array([[4.0, 0.0], [-4.0, 0.0], [0.0, 2.0], [0.0, -2.0]])  # variances 8 and 2


def cloud(n: int, d: int, seed: int, shift: float = 3.0, tie: bool = False) -> np.ndarray:
    """Points (n, d) with different spreads along tilted axes, away from the origin.

    Args:
        shift: how far the centre is from the origin, along every axis.
        tie: whether each point stands there twice, and one entry is the same for all.
    """
    rng = np.random.default_rng([n, d, seed])
    axes = np.linalg.qr(rng.normal(size=(d, d)))[0]
    points = rng.normal(size=(n, d)) * 1.5 ** -np.arange(d).clip(max=12) @ axes.T
    points += shift * np.linspace(1, 0.4, d)
    if tie:
        points[n // 2 :] = points[: n - n // 2]
        points[:, -1] = 2.5
    return points


def _eigen(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of x'x, largest first, and its eigenvectors as rows."""
    values, vectors = np.linalg.eigh(x.T @ x)
    return values[::-1].clip(0), vectors.T[::-1]


def _missed(x_fit: np.ndarray, x_new: np.ndarray, k: int, first: int = 0) -> np.ndarray:
    """What a PCA of x_fit with its components from ``first`` to k does not rebuild of x_new."""
    centre = x_fit.mean(axis=0)
    axes = _eigen(x_fit - centre)[1][first:k]
    return (x_new - centre) @ (np.eye(len(centre)) - axes.T @ axes)


def _variances(x, k, centre=True, scale=False, power=2, by="n", order=1, keep=None, share=False):
    """Variances along the components, with popular slips as options."""
    n, d = x.shape
    x = x - x.mean(axis=0) if centre else x
    x = x / x.std(axis=0) if scale else x
    s = np.sqrt(_eigen(x)[0]) ** power
    parts = {"n": n, "n - 1": n - 1, "d": d, "1": 1, "root": np.sqrt(n), "twice": n * n, "size": n * d,
               "cubed": n**3}  # fmt: skip
    values = s / parts[by]
    values = values / values.sum() if share else values
    return values[::order][:keep]


def _variance_mistakes(x: np.ndarray, k: int) -> dict:
    return check.slips(
        lambda **slips: _variances(x, k, **slips),
        {
            "the points were not centred.": {"centre": False},
            "divided by n - 1; here the variance is normalised by n.": {"by": "n - 1"},
            "divide by the number of points n, not by the number of columns.": {"by": "d"},
            "divide the squared singular values by n.": {"by": "1"},
            "divided by n twice.": {"by": "twice"},
            "divided by n * d (x.size); divide by the number of points n.": {"by": "size"},
            "the singular values of the covariance matrix are variances already.": {"power": 4, "by": "cubed"},
            "these are singular values divided by n; square them first.": {"power": 1},
            "these are singular values; square them and divide by n.": {"power": 1, "by": "1"},
            "these are standard deviations; square them.": {"power": 1, "by": "root"},
            "they grow from first to last; the largest comes first.": {"order": -1},
            "only the first n_components are here; return all of them.": {"keep": k},
            "these are shares of the variance; return the variances themselves.": {"share": True},
            "the columns were divided by their standard deviations; take them as they are.": {"scale": True},
        },
    )


def _small_fit(fit_pca, place: int) -> str:
    """Words about one of a fit's results, for a cross around the origin, away from it, with each point twice."""
    crosses = CROSS, CROSS + (1, 5), np.repeat(CROSS, 2, axis=0) + (1, 5)
    right = [x.mean(axis=0) if place == 0 else [8, 2] for x in crosses]
    names = [f"{RESULTS[place]} of the points {x.astype(int).tolist()}" for x in crosses]
    cases = zip(names, ((x, 1) for x in crosses), right, strict=True)
    return check.first_wrong(lambda x, k: check.several(fit_pca(x, k), *RESULTS)[place], cases)


def check_fit(fit_pca, x, k: int) -> None:
    """Hold a fit against the eigenvalues of the covariance matrix, and against the points.

    Args:
        fit_pca: the learner's function of points (n, d) and k, gives mean, components, variances.
        x: points (n, d), n at least d.
        k: number of components, at most d.
    """
    wide = np.asarray(x, dtype=float)
    n, d = wide.shape
    answer = check.call(fit_pca, x, k)
    mean, components, variances = check.several(answer, *RESULTS)
    centre = np.array([column.sum() / n for column in wide.T])
    check.require(
        not (np.shape(mean) == (k, d) and np.shape(components) == (d,)),
        "These are the components first; the order is mean, components, variances.",
    )
    mistakes = {
        "averaged over the entries of each point; axis=0 averages over the points.": wide.mean(axis=1),
        "averaged over the entries of each point; take axis=0.": wide.mean(axis=1, keepdims=True),
        "this is one mean of all entries; take one for each column (axis=0).": wide.mean(),
        "this is the mean of the centred points, 0; return that of the points.": 0 * centre,
        "this is the median; take the mean.": np.median(wide, axis=0),
        "this has two axes, (1, d); expected (d,), without keepdims.": centre[None],
    }
    check.close(mean, centre, "the mean", mistakes=mistakes, otherwise=lambda: _small_fit(fit_pca, 0))
    right = _variances(wide, k)
    mistakes = {
        "these are the variances of the columns; the squared singular values / n are those along the components.": (
            np.sort(wide.var(axis=0))[::-1]
        ),
        "these are the variances of the columns, unsorted; take the squared singular values / n.": wide.var(axis=0),
        "these are cumulated; return each variance by itself.": np.cumsum(right),
    }

    def look() -> str:
        values = np.sort(np.asarray(variances, dtype=float), axis=None)[::-1]
        if values.shape == right.shape and np.allclose(values, right, rtol=1e-3):
            return "these are in no order (np.linalg.eig?); the largest comes first."
        return _small_fit(fit_pca, 2)

    known = lambda: _variance_mistakes(wide, k) | mistakes  # noqa: E731
    check.close(variances, right, "the variances", mistakes=known, otherwise=look)
    _check_components(components, wide, k, right)


def _check_components(components, x: np.ndarray, k: int, variances: np.ndarray) -> None:
    n, d = x.shape
    centred = x - x.mean(axis=0)
    rows = check.array(components, "the components").astype(float)
    every = f"the components: all {d} were returned, expected the first n_components = {k}."
    check.require(rows.shape != (d, d) or k == d, every)
    fits = rows.shape == (k, d)
    spread = np.mean((centred @ rows.T) ** 2, axis=0) if fits else None
    lengths = np.abs(rows @ rows.T - np.eye(k)).max() if fits else np.inf
    if fits and lengths < 1e-3 and np.allclose(spread, variances[:k], atol=1e-3 * variances[0]):
        return
    axes = _eigen(centred)[1]
    u = centred @ axes.T / np.sqrt(n * variances).clip(1e-9)
    known = {
        "these are columns of vt; the components are its rows.": axes.T[:k],
        "these are columns of vt, as columns; the components are its rows.": axes[:, :k],
        "these are columns; return the components as rows.": axes[:k].T,
        "these are the last components; the first ones have the largest variance.": axes[::-1][:k],
        "these are the last components, the first ones have the largest variance.": axes[-k:],
        "in the wrong order: the first component is the one with the largest variance.": axes[:k][::-1],
        "these are rows of eigh's matrix; its eigenvectors are the columns.": axes.T[::-1, ::-1][:k],
        "these are rows of eigh's matrix; its eigenvectors are the columns, the last one first.": axes.T[:, ::-1][:k],
        "these come from u; the components are the rows of vt.": u[:k],
        "these are columns of u; the components are the rows of vt.": u[:, :k].T,
        "these are multiplied by the singular values; take the rows of vt as they are.": (
            np.sqrt(n * variances[:k, None]) * axes[:k]
        ),
        "the points were not centred.": _eigen(x)[1][:k],
    }
    for message, value in known.items():
        like = rows.shape == value.shape and np.allclose(np.abs(rows), np.abs(value), atol=1e-3)
        check.require(not like, f"the components: {message}")
    check.array(rows, "the components", shape=(k, d))
    check.require(
        lengths < 1e-3,
        "the components: these are not perpendicular rows of length one. Take rows (not columns) of vt, as they are.",
    )
    raise check.CheckError(
        f"the components: along yours, in your order, the points have the variances {spread.round(3)}, expected "
        f"{variances[:k].round(3)}. Were the points centred, and are these the first rows of vt?"
    )


def _few():
    """Small cases of the error: one, two, three variances, ties, and fewer of them than entries."""
    for lam, k, d in [([4], 0, 1), ([4], 1, 1), ([4, 2], 1, 2), ([4, 2], 0, 2), ([4, 2, 1], 1, 3), ([4, 2, 1], 2, 3),
                      ([4, 2, 2], 1, 3), ([4, 2, 1, 0.5], 1, 4), ([4, 2], 1, 5), ([4, 2], 2, 5)]:  # fmt: skip
        name = f"the error for the variances {lam}, n_components {k}, n_features {d}"
        yield name, (np.array(lam, dtype=float), k, d), sum(lam[k:]) / d


def check_error(error_from_variances, variances, k: int, d: int) -> None:
    """Hold an error against all of the variance less what is kept.

    Args:
        error_from_variances: the learner's function of variances, k and d.
        variances: numbers (m,), largest first.
        k: how many components are kept, from 0 to m.
        d: entries of a point.
    """
    lam = np.asarray(variances, dtype=float)
    m = len(lam)

    def error(part=slice(k, None), by=d, power=1, root=False):
        value = sum(lam[part] ** power) / by
        return np.sqrt(value) if root else value

    right = (lam.sum() - sum(lam[j] for j in range(k))) / d
    wrong = {
        "this sums the components that are kept, not the discarded ones.": {"part": slice(k)},
        "divide by n_features: the error is per entry, not per point.": {"by": 1},
        "divide by n_features, not by the number of variances.": {"by": m},
        "this is the error of one component more: the first n_components are kept.": {"part": slice(k + 1, None)},
        "this is the error of one component fewer.": {"part": slice(max(k - 1, 0), None)},
        "this sums the last n_components; the discarded ones are all but the first.": {"part": slice(m - k, None)},
        "this sums all but the last n_components; sum all but the first.": {"part": slice(max(m - k, 0))},
        "this is only the first of the discarded variances; sum them all.": {"part": slice(k, k + 1)},
        "this sums all variances, those of the kept components too.": {"part": slice(None)},
        "these are shares of all variance; divide by n_features instead.": {"by": lam.sum()},
        "averaged over the discarded components; divide by n_features instead.": {"by": m - k},
        "divided by n_components; the error is averaged over the n_features entries.": {"by": k},
        "divided by n_features - n_components; the error is averaged over all n_features entries.": {"by": d - k},
        "the variances were squared; they are squared lengths already.": {"power": 2},
        "this is the root of the mean squared error.": {"root": True},
    }
    ends = {}
    if k == m:
        ends = {"nothing is discarded, so it is 0. Does a slice begin at -0? [-0:] is everything.": lam.sum() / d}
    if k == 0:
        ends = {"no component is kept, so all variances are discarded.": 0.0}
    single = {
        "rounded down: use / instead of //.": right // 1,
        "this is in per cent.": 100 * right,
        "these are the discarded variances over n_features, one by one; sum them.": lam[k:] / d,
    }
    name = f"the error with {k} of {m} components, points with {d} entries"
    check.close(
        check.call(error_from_variances, lam, k, d),
        right,
        name,
        mistakes=ends | check.slips(error, wrong) | single,
        otherwise=lambda: check.first_wrong(error_from_variances, _few()),
    )


def check_error_on_points(error_from_variances, n: int, d: int, k: int) -> None:
    """Hold an error against reconstructions by eigenvectors."""
    x = cloud(n, d, seed=k)
    right = np.mean(_missed(x, x, k) ** 2)
    value = check.call(error_from_variances, _variances(x, k), k, d)
    check.close(value, right, f"the error with {k} components of {n} points in {d} dimensions")


def _few_new():
    """Small cases of held-out errors: new points on the mean, on a component, beside it; sizes in any order."""
    x_fit = CROSS + (1, 5)
    for new, sizes, right in [
        ([[1, 5]], (1,), [0]),
        ([[3, 5]], (1,), [0]),
        ([[1, 8]], (1,), [4.5]),
        ([[1, 8], [3, 5]], (1,), [2.25]),
        ([[1, 8], [3, 5]], (2,), [0]),
        ([[1, 8], [3, 5]], (1, 2), [2.25, 0]),
        ([[1, 8], [3, 5]], (2, 1), [0, 2.25]),
        ([[1, 8], [3, 5]], (1, 2, 1), [2.25, 0, 2.25]),
    ]:
        name = f"fitted to {x_fit.astype(int).tolist()}, the errors of {new} for sizes {sizes}"
        yield name, (x_fit, np.array(new, dtype=float), sizes), right


def check_held_out(held_out_errors, x_fit, x_new, sizes) -> None:
    """Hold held-out errors against those of eigenvectors of the covariance matrix.

    Args:
        held_out_errors: the learner's function of x_fit (n, d), x_new (m, d) and sizes.
        x_fit, x_new: points to fit to, and new ones.
        sizes: numbers of components, in any order.
    """

    def errors(fit="fit", new="new", own=False, measure="squares", total=1.0, root=False, sizes=sizes, single=False):
        sets = {"fit": x_fit, "new": x_new, "both": np.concatenate([x_fit, x_new])}
        x, values = sets[new], []
        x = x - x.mean(axis=0) + sets[fit].mean(axis=0) if own else x
        for k in sizes:
            missed = _missed(sets[fit], x, k, (k - 1) * single)
            ways = {"squares": np.square, "sizes": np.abs, "plain": np.positive,
                    "lengths": lambda rows: np.linalg.norm(rows, axis=1),
                    "no mean": lambda rows: np.square(rows + x_fit.mean(axis=0))}  # fmt: skip
            values.append(total * ways[measure](missed).mean())
        return np.sqrt(values) if root else np.array(values)

    d, largest = x_new.shape[1], max(sizes)
    wrong = {
        "this is the error on x_fit itself; measure it on x_new.": {"new": "fit"},
        "the PCA was fitted to x_new, the points to be predicted.": {"fit": "new"},
        "the PCA was fitted to x_fit and x_new together; x_new must stay unseen.": {"fit": "both"},
        "x_new was centred with its own mean; the model's mean comes from x_fit.": {"own": True},
        "this is summed over the entries; average over them, too.": {"total": d},
        "this is summed; average over points and entries.": {"total": x_new.size},
        "this is the root of the mean squared error.": {"root": True},
        "this is the mean absolute error; square the differences.": {"measure": "sizes"},
        "this is the mean difference; square it before averaging.": {"measure": "plain"},
        "the errors come in the order of growing size; keep the order of `sizes`.": {"sizes": sorted(sizes)},
        "each size got all components; take only the first k.": {"sizes": [largest] * len(sizes)},
        "each size got its k-th component only; take the first k.": {"single": True},
        "the mean was not added back.": {"measure": "no mean"},
        "this is the mean distance; take the mean of the squared entries.": {"measure": "lengths"},
        "the fit has only len(sizes) components; fit the largest size.": {"sizes": [min(k, len(sizes)) for k in sizes]},
        f"the fit has only sizes[-1] = {sizes[-1]} components; fit the largest size.": {
            "sizes": [min(k, sizes[-1]) for k in sizes]
        },
        f"the fit has only sizes[0] = {sizes[0]} components; fit the largest size.": {
            "sizes": [min(k, sizes[0]) for k in sizes]
        },
        "only the last size is here; return one error for each.": {"sizes": sizes[-1:]},
        "only the first size is here; return one error for each.": {"sizes": sizes[:1]},
        "sizes that stand there twice are dropped; return one error for each.": {"sizes": sorted(set(sizes))},
    }

    def mistakes() -> dict:
        fewer = errors(sizes=[k - 1 for k in sizes])
        return check.slips(errors, wrong) | {"each size got one component too few.": fewer}

    check.close(
        check.call(held_out_errors, x_fit, x_new, sizes),
        errors(),
        f"the held-out errors for sizes {sizes}",
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(held_out_errors, _few_new()),
    )


def check_build(build, d: int, k: int) -> None:
    """Probe an untrained model as a black box: it must be affine, of rank k, with all biases."""
    set_seed(0)
    model = check.model(build, d, k, takes=(d,), gives=(d,), name="the autoencoder")
    rng = np.random.default_rng(d)
    a, b = (10 * rng.normal(size=(20, d)).astype("float32") for _ in range(2))

    def f(x):
        return np.asarray(model(x), dtype=float)

    zero = f(np.zeros((20, d), "float32"))
    check.require(
        np.allclose(f(a + b) + zero, f(a) + f(b), atol=1e-3 * np.abs(f(a)).max()),
        "The autoencoder is not linear: f(a + b) is not f(a) + f(b). Is there an activation in one of the layers?",
    )
    shapes = [(d, k), (k,), (k, d), (d,)]
    if d != k and [w.shape for w in model.get_weights()] == shapes:
        drawn = [rng.normal(size=shape) for shape in shapes]
        wanted = (a @ drawn[0] + drawn[1]) @ drawn[2] + drawn[3]
        check.require(
            np.allclose(check.with_weights(model, drawn, a), wanted, atol=1e-3 * np.abs(wanted).max()),
            "With known weights the autoencoder does not answer as its two dense layers do. Is there another layer, "
            "such as a scaling?",
        )
    rank = np.linalg.matrix_rank(f(np.eye(d, dtype="float32")) - zero[:1], tol=1e-4)
    check.require(
        rank == k,
        f"{rank} independent numbers pass through the middle of the {d} -> {k} -> {d} autoencoder, expected {k}. "
        "Which layer has which size?",
    )
    weights, count = 2 * d * k, model.count_params()
    lacking = {
        weights: "The biases are missing: the plane need not go through the origin.",
        weights + d: "The bias of the encoder, the first layer, is missing.",
        weights + k: "The bias of the decoder, the second layer, is missing.",
    }
    check.require(
        count == weights + d + k,
        f"The autoencoder has {count} parameters, expected {weights} weights and {k} + {d} biases. "
        + lacking.get(count, "It has two dense layers, no others."),
    )
    check.require(
        len(model.trainable_variables) == len(model.variables),
        "Two dense layers are enough, without weights that cannot be trained.",
    )
