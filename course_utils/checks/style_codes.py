"""Checks of lesson 47, StyleGAN2: styles that are mixed, truncated and searched."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from course_utils import check
from course_utils.checks.style_projection import check_project, check_project_far, linear_synthesis

__all__ = ["check_mean_style", "check_mix", "check_project", "check_project_far", "check_table", "check_truncate"]

MIX_SLIPS = {
    "the styles are exchanged: the first one goes to the layers before the crossover.": {"swap": True},
    "one layer too many has the first style: the crossover's own layer gets the second.": {"late": 1},
    "one layer too few has the first style.": {"late": -1},
    "all rows use the first row's crossover; each has its own.": {"whose": "first"},
    "all rows use the last row's crossover; each has its own.": {"whose": "last"},
    "all rows use the mean of the crossovers; each has its own.": {"whose": "mean"},
    "the layers are counted from the end; layer 0 comes first.": {"end": True},
    "only the crossover's own layer gets the first style; all layers before it do.": {"only": True},
    "a crossover of n_layers or more begins again at 0; then the first style goes everywhere.": {"whose": "modulo"},
}


def check_mix(mix, crossover: list[int], n_layers: int, d: int) -> None:
    """Hold mixed styles against a loop over rows and layers."""
    n = len(crossover)
    rng = np.random.default_rng([n, n_layers, d])
    first = rng.normal(size=(n, d)).astype("float32")
    second = rng.normal(3, 1, size=(n, d)).astype("float32")
    cut, layer = np.array(crossover, dtype="int32"), np.arange(n_layers)

    def formula(swap=False, late=0, whose="own", end=False, only=False):
        a, b = (second, first) if swap else (first, second)
        cuts = {"own": cut, "first": cut[:1], "last": cut[-1:], "mean": cut.mean(), "modulo": cut % n_layers}[whose]
        cuts = (cuts * np.ones(n) + late)[:, None]
        use = layer[::-1] < cuts if end else layer == cuts if only else layer < cuts
        return np.where(use[:, :, None], a[:, None], b[:, None])

    answer, right = check.call(mix, first, second, cut, n_layers), formula()

    def mistakes():
        known = {
            "the first style goes to all layers; the second one begins at the crossover.": formula(late=n_layers),
            "the second style goes to all layers; the first one comes before the crossover.": formula(
                late=-max(cut) - 1
            ),
        }
        known |= check.slips(formula, MIX_SLIPS)
        known["the axes of rows and layers are exchanged: (n, n_layers, d)."] = right.transpose(1, 0, 2)
        share = np.clip(cut / n_layers, 0, 1)[:, None, None]
        known["this is a mean of the two styles; each layer gets one of them."] = np.repeat(
            share * first[:, None] + (1 - share) * second[:, None], n_layers, axis=1
        )
        known["the layers stand side by side; they have an axis of their own, (n, n_layers, d)."] = right.reshape(n, -1)
        known["there is one layer too many; n_layers are numbered from 0."] = _one_more(right, first, second, cut)
        return known

    name = f"mixed styles with crossover {', '.join(map(str, crossover[:4]))}{' ...' if n > 4 else ''}"
    look = lambda: _where(np.asarray(answer, dtype=float), first, second, cut, n_layers)  # noqa: E731
    check.close(answer, right, name, mistakes=mistakes, otherwise=look)
    specs = [(None, d), (None, d), tf.TensorSpec([None], "int32"), n_layers]
    answers = check.compiled(mix, *specs, inputs=(first, second, cut))
    check.close(answers[0], right, "mixed styles, compiled for batches of any size")


def _one_more(right, first, second, cut) -> np.ndarray:
    """The mixed styles, and one more layer at the end."""
    more = np.where((cut > right.shape[1])[:, None], first, second)
    return np.concatenate([right, more[:, None]], axis=1)


def _where(found: np.ndarray, first: np.ndarray, second: np.ndarray, cut: np.ndarray, n_layers: int) -> str:
    """In which layers of the first wrong row which style stands; or what the shape tells."""
    n, d = first.shape
    if found.shape == (n, 1, d) and n_layers > 1:
        return "the axis of layers has length 1: the layers are numbered along it, and not along d."
    if found.shape == (n, d):
        return "there is one style for each row; each layer has one, (n, n_layers, d)."
    if found.shape != (n, n_layers, d):
        return ""
    is_first, is_second = (np.isclose(found, one[:, None], atol=1e-5).all(axis=2) for one in (first, second))
    wanted = np.arange(n_layers) < cut[:, None]
    wrong = np.where(wanted, ~is_first, ~is_second)
    if not wrong.any():
        return ""
    row, layer = np.argwhere(wrong)[0]
    if not (is_first[row, layer] or is_second[row, layer]):
        return f"in row {row}, layer {layer} has neither the first style nor the second, but something between or else."
    which, other = ("second", "first") if wanted[row, layer] else ("first", "second")
    return f"in row {row} with crossover {cut[row]}, layer {layer} has the {which} style; it should have the {other}."


def check_table(table, r: int, c: int, crossover: int, n_layers: int, d: int) -> None:
    """Hold a table of mixtures against a loop over rows and columns, with a linear stand-in."""
    model, kernel, bias = linear_synthesis(n_layers, d)
    rng = np.random.default_rng([r, c, d])
    shapes, colors = rng.normal(size=(r, d)).astype("float32"), rng.normal(2, 1, size=(c, d)).astype("float32")

    def formula(swap=False, cut=crossover):
        a, b = (colors, shapes) if swap else (shapes, colors)
        before = np.einsum("nd,ldp->np", a, kernel[: max(cut, 0)])
        after = np.einsum("nd,ldp->np", b, kernel[max(cut, 0) :])
        pairs = after[:, None] + before[None] if swap else before[:, None] + after[None]
        return (pairs + bias).reshape(r, c, 2, 3, 3)

    answer, right = check.call(table, model, shapes, colors, crossover), formula()

    def mistakes():
        known = {
            "rows and columns are exchanged: the rows' styles come before the crossover.": formula(swap=True),
            "one layer too many has the style of the row.": formula(cut=crossover + 1),
            "one layer too few has the style of the row.": formula(cut=crossover - 1),
        }
        known |= _table_slips(right, shapes, colors, crossover, n_layers)
        known["the styles are averaged; each layer gets one of the two."] = (
            np.einsum("rcd,ldp->rcp", (shapes[:, None] + colors[None]) / 2, kernel) + bias
        ).reshape(right.shape)
        return known

    def look() -> str:
        all_cuts = np.array([formula(cut=cut) for cut in range(n_layers + 1)])
        return _which_pair(np.asarray(answer, dtype=float), all_cuts, crossover)

    name = f"a table of {r} x {c} mixtures"
    check.close(answer, right, name, rtol=1e-3, mistakes=mistakes, otherwise=look)
    check.not_list(answer, name)


def _table_slips(right, shapes, colors, crossover: int, n_layers: int) -> dict:
    """The right pictures in another order, in part, or changed; and other things than pictures."""
    r, c, picture = len(shapes), len(colors), right.shape[2:]
    mixed = [[[a] * min(crossover, n_layers) + [b] * max(n_layers - crossover, 0) for b in colors] for a in shapes]
    order = "the pairs are in another order: the columns change fastest."
    return {
        "rows and columns of the table are exchanged: (rows, columns, h, w, 3).": right.swapaxes(0, 1),
        order: right.swapaxes(0, 1).reshape(right.shape),
        "each picture is a batch of one still: the shape is (rows, columns, h, w, 3).": right[:, :, None],
        "height and width of the pictures are exchanged.": right.swapaxes(2, 3),
        "the pictures are reshaped to (columns, rows); it is (rows, columns, h, w, 3).": right.reshape(c, r, *picture),
        "these are all pictures in one row; reshape to (rows, columns, h, w, 3).": right.reshape(r * c, *picture),
        "these are all pictures in one row, in another order; reshape to (rows, columns, h, w, 3).": right.swapaxes(
            0, 1
        ).reshape(r * c, *picture),
        "these are the mixed styles; the pictures that `synthesis` draws from them were asked for.": np.array(mixed),
        "only pairs of equal number are drawn, the diagonal; the table has all pairs.": right[
            range(min(r, c)), range(min(r, c))
        ],
        "the pictures are scaled to [0, 1]; return them as `synthesis` draws them.": (right + 1) / 2,
        "the pictures are scaled and clipped to [0, 1]; return them as `synthesis` draws them.": np.clip(
            (right + 1) / 2, 0, 1
        ),
        "the pictures are clipped; return them as `synthesis` draws them.": np.clip(right, -1, 1),
    }


def _which_pair(found: np.ndarray, cuts: np.ndarray, crossover: int) -> str:
    """Which pair, and which crossover, the first wrong picture of a table shows; cuts: (crossovers, r, c, ...)."""
    right = cuts[min(crossover, len(cuts) - 1)]
    if found.shape != right.shape:
        return ""
    near = 1e-3 * np.abs(right).max()
    wrong = ~(np.abs(found - right).max(axis=(2, 3, 4)) <= near)
    i, j = np.argwhere(wrong)[0]
    alike = np.argwhere(np.abs(cuts - found[i, j]).max(axis=(3, 4, 5)) <= near)
    if not len(alike):
        return f"the picture in row {i}, column {j} is none of any pair, whatever the crossover."
    cut, a, b = alike[0]
    shown = f"the picture in row {i}, column {j} has shape {a} and colours {b}, with crossover {cut};"
    return f"{shown} it should have shape {i} and colours {j}, with crossover {crossover}."


def check_mean_style(mean_style, n: int, k: int, d: int) -> None:
    """Hold the mean style against NumPy, for a mapping that is not linear."""
    rng = np.random.default_rng([n, k, d])
    weights = [rng.normal(size=(k, d)).astype("float32"), rng.normal(size=d).astype("float32")]
    mapping = keras.Sequential([keras.Input((k,)), layers.Dense(d, activation="softplus")])
    mapping.set_weights(weights)
    z = rng.normal(0.4, 1, size=(n, k)).astype("float32")

    def style(codes):
        return np.log1p(np.exp(codes.astype(float) @ weights[0] + weights[1]))

    answer, styles = check.call(mean_style, mapping, z), style(z)
    name, right = f"the mean style of {n} code{'s' * (n > 1)}", styles.mean(axis=0)

    def mistakes():
        known = {
            "this is the style of the mean code; the mean is taken of the styles.": style(z.mean(axis=0)[None])[0],
            "this is the style of the code 0; take the mean of the styles of all codes.": style(np.zeros((1, k)))[0],
            "this is the mean of the codes, not of their styles.": z.mean(axis=0),
            "this is one number; each of the d dimensions has a mean of its own.": styles.mean(),
            "the mean is over the dimensions; it must be over the codes.": styles.mean(axis=1),
            "the sum is over the dimensions; the mean must be over the codes.": styles.sum(axis=1),
            "these are the styles of all codes; take their mean.": styles,
            "there is an axis too many: the shape is (d,).": right[None],
            "this is the zero vector; take the mean of the styles.": np.zeros(d),
            "this is the first style; take the mean of all.": styles[0],
            "this is the last style; take the mean of all.": styles[-1],
        }
        known |= check.slips(
            lambda middle=np.mean, end=lambda m: m: end(middle(styles, axis=0)),
            {
                "this is the sum of the styles; take their mean.": {"middle": np.sum},
                "this is the median; take the mean.": {"middle": np.median},
                "this is the standard deviation; take the mean.": {"middle": np.std},
                "it is divided by its length; take the mean as it is.": {"end": lambda m: m / np.linalg.norm(m)},
            },
        )
        return known | _other_means(styles)

    look = lambda: _other_codes(mean_style, mapping, answer, z, styles)  # noqa: E731
    check.close(answer, right, name, rtol=1e-3, mistakes=mistakes, otherwise=look)
    check.not_list(answer, name)


def _other_means(styles: np.ndarray) -> dict:
    """Means of parts of the styles."""
    known = {}
    for size in (10, 16, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1000):
        parts = [styles[k : k + size].mean(axis=0) for k in range(0, len(styles), size)]
        known[f"the means of parts of {size} codes are averaged, but the last part is smaller."] = np.mean(
            parts, axis=0
        )
    for m, mean in enumerate(np.cumsum(styles, axis=0)[:-1] / np.arange(1, len(styles))[:, None], start=1):
        known[f"this is the mean of the first {m} styles alone; take all."] = mean
    return known


def _other_codes(mean_style, mapping, answer, z, styles) -> str:
    """Whether the codes are used, and whether the sum of the styles is divided by another number."""
    found, total = np.asarray(answer, dtype=float), styles.sum(axis=0)
    try:
        other = np.asarray(check.call(mean_style, mapping, z + 1), dtype=float)
    except check.CheckError:
        other = found + 1
    if other.shape == found.shape and np.allclose(other, found):
        return "for other codes the result is the same: is the argument `z` used?"
    if found.shape != total.shape or not np.isfinite(found).all():
        return ""
    number = total @ total / max(total @ found, 1e-9)
    if np.allclose(total / number, found, rtol=1e-3):
        return f"the sum of the styles is divided by {number:.4g}; divide by the number of codes, {len(z)}."
    return "this is no mean of the styles of these codes. Are codes or styles changed, left out or drawn anew?"


def check_truncate(truncate, n: int, d: int, psi: float) -> None:
    """Hold truncated styles against a weighted mean."""
    rng = np.random.default_rng([n, d])
    w, center = rng.normal(1, 2, size=(n, d)).astype("float32"), rng.normal(3, 1, size=d).astype("float32")
    right = np.array([(1 - psi) * center.astype(float) + psi * row.astype(float) for row in w])
    answer, name = check.call(truncate, w, center, psi), f"styles truncated with psi = {psi}"

    def mistakes():
        return {
            "the styles are moved towards zero, not towards the center. Are brackets missing?": psi * w,
            "psi and 1 - psi are exchanged: psi = 1 leaves the styles.": psi * center + (1 - psi) * w,
            "the center is not added back.": psi * (w - center),
            "the center is not subtracted first.": center + psi * w,
            "the sign is wrong: styles minus center.": center + psi * (center - w),
            "psi is not used.": w,
            "the center is added twice.": center + right,
            "this starts from the styles: the factor is psi, not 1 + psi.": w + psi * (w - center),
            "the styles are moved towards their own mean, not towards the center.": w.mean(axis=0)
            + psi * (w - w.mean(axis=0)),
            "all numbers are moved towards the mean of the center; each has one of its own.": center.mean()
            + psi * (w - center.mean()),
            "the styles are clipped; truncation here means scaling their distance from the center.": np.clip(
                w, center - psi, center + psi
            ),
            "the styles are divided by their length.": right / np.linalg.norm(right, axis=1, keepdims=True),
            "only the first style is returned.": right[0],
            "every row is the first style, truncated.": right[:1] * np.ones((n, 1)),
        }

    look = lambda: _other_psi(answer, right, w.astype(float), center.astype(float))  # noqa: E731
    check.close(answer, right, name, mistakes=mistakes, otherwise=look)
    check.not_list(answer, name)


def _other_psi(answer, right, w, center) -> str:
    """Another psi, found by least squares, or other weights of styles and center."""
    found = np.asarray(answer, dtype=float)
    if found.shape != right.shape or not np.isfinite(found).all():
        return ""
    gap = w - center
    used = np.sum((found - center) * gap) / np.sum(gap**2)
    if np.allclose(found, center + used * gap, rtol=1e-4, atol=1e-4):
        return f"these are the styles for another psi, {used:.3g}. Does psi stand alone, and is the argument used?"
    ones = np.ones((len(w), 1))
    parts = {"the styles": w, "the center": center * ones, "the mean of the styles": w.mean(axis=0) * ones}
    return check.weights(answer, right, parts, why={"the styles": "psi", "the center": "1 - psi"})
