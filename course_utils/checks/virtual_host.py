"""Checks of lesson 62, a virtual host: the loudness of a sound, and projection."""

import functools
from collections.abc import Callable

import numpy as np

from course_utils import check


def sound_case(n: int, rate: int, fps: int) -> tuple[np.ndarray, int, int]:
    """A wave of n values that swells, with an offset; its rates."""
    t = np.arange(n)
    wave = 0.3 * np.sin(0.7 * t) * (1 + t / max(n, 1)) + 0.05 * np.cos(2.1 * t) + 0.02
    return wave.astype("float32"), rate, fps


def _limits(n: int, rate: int, fps: int, how: str) -> list[int]:
    """Where frames start, and the end of the last one; the right ones, or those of a mistake."""
    frames = -(-n * fps // rate)
    if how in ("whole", "up"):
        hop = rate // fps if how == "whole" else -(-rate // fps)
        frames = -(-n // hop) if how == "up" else frames
        return [k * hop for k in range(frames + 1)]
    if how == "equal":
        return [0, *np.cumsum([len(part) for part in np.array_split(np.arange(n), frames)])]
    if how == "round":
        return [round(k * rate / fps) for k in range(frames + 1)]
    if how == "by value":  # value i in frame i * fps // rate
        frames = (n - 1) * fps // rate + 1
        return [-(-k * rate // fps) for k in range(frames + 1)]
    return [k * rate // fps for k in range(frames + 1)]


def _loudness(sound, rate, fps, limits="exact", share="own", end=0, square=True, root=True, how="mean"):
    sound = np.asarray(sound, float)
    edges = _limits(len(sound), rate, fps, limits)
    found = []
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        part = sound[start : stop + end]
        if not len(part):
            found.append(0.0)
            continue
        values = part**2 if square else np.abs(part)
        if how == "std":
            values = (part - part.mean()) ** 2
        count = {"own": len(part), "full": max(stop - start, 1), "rate": rate / fps}[share]
        mean = values.sum() / count
        found.append({"mean": mean, "std": mean, "max": values.max(), "sum": values.sum()}[how])
    found = np.array(found)
    return np.sqrt(found) if root and square else found


def _of_small_sound(loudness: Callable) -> str:
    """What is wrong with the loudness of six values in three frames, one thing changed at a time."""
    sound, own = np.array([3, 4, 1, -2, 5, 2], "float32"), [0, 0, 1, 1, 1, 2]
    case = (
        "In the sound [3, 4, 1, -2, 5, 2] at 10 values and 4 frames a second, frame 0 holds [3, 4], 1 [1, -2, 5], 2 [2]"
    )

    def ask(values):
        return np.asarray(check.call(loudness, np.asarray(values, "float32"), 10, 4), float)

    found, right = ask(sound), _loudness(sound, 10, 4)
    if found.shape != right.shape:
        return f"{case}: 3 numbers, but the shape is {found.shape}"
    for i, frame in enumerate(own):
        moved = np.flatnonzero(np.abs(ask(sound + 10 * (np.arange(6) == i)) - found) > 1e-5)
        if moved.tolist() != [frame]:
            which = " and ".join(map(str, moved)) or "none"
            return f"{case}. When value {i} grows, frame {frame} alone must change; here it is {which}"
    for words, other in (("turned into its negative", -sound), ("sorted in each frame", [3, 4, -2, 1, 5, 2])):
        if not np.allclose(ask(other), found, rtol=1e-3):
            return f"{case}. The loudness must stay when the sound is {words}; here it changes"
    level = ask(np.full(6, 2.0))
    if not np.allclose(level, 2, rtol=1e-3):
        return f"A sound of six values 2 has the loudness 2 in each frame, got {_row(level)} in frames of 2, 3 and 1 values"
    with np.errstate(all="ignore"):
        ratio = ask(2 * sound) / found
    if not np.allclose(ratio, 2, rtol=1e-3):
        return f"{case}. Twice the sound must have twice the loudness, got {_row(ratio)} times"
    return "" if np.allclose(found, right, rtol=1e-3) else f"{case}: expected {_row(right)}, got {_row(found)}"


def _row(values) -> str:
    return f"[{', '.join(f'{v:.4g}' for v in np.ravel(values))}]"


def check_loudness(loudness: Callable, sound: np.ndarray, rate: int, fps: int) -> None:
    """Compare with a loop over frames, and know frames that drift."""
    right = _loudness(sound, rate, fps)
    frames, short = len(right), len(sound) * fps // rate
    mistakes = {
        "the frames drift: rate / fps is no whole number; frame k starts at k * rate // fps.": {"limits": "whole"},
        "the frames drift: rate / fps is rounded up; frame k starts at k * rate // fps.": {"limits": "up"},
        "the limits are rounded to the nearest; frame k starts at k * rate // fps.": {"limits": "round"},
        "the sound is cut into equal parts; frame k starts at k * rate // fps.": {"limits": "equal"},
        "value i is put into frame i * fps // rate; frame k starts at k * rate // fps.": {"limits": "by value"},
        "each frame takes one value too many: it ends BEFORE (k + 1) * rate // fps.": {"end": 1},
        "this is the mean square; take its root.": {"root": False},
        "these are means of absolute values; take the root of the mean SQUARE.": {"square": False},
        "this is the largest value of each frame, not the root of the mean square.": {"how": "max"},
        "this is the root of the SUM of squares; take their mean.": {"how": "sum"},
        "the mean of the frame is subtracted: this is a standard deviation.": {"how": "std"},
        "the last frame is divided by a whole frame's length; it has fewer values.": {"share": "full"},
        "each frame is divided by rate / fps; divide by the number of its own values.": {"share": "rate"},
    }
    named = check.slips(lambda **options: _loudness(sound, rate, fps, **options), mistakes)
    many = f"expected {frames} frames, got {frames + 1}: the last one holds no values."
    named[many] = np.append(right, np.nan)
    named[many[:-1] + ", and needs none."] = np.append(right, 0.0)
    named[f"expected {frames} frames, got {short}: the rest of the sound needs a frame, too."] = right[:short]
    named["rate and fps are not taken from the arguments."] = _loudness(sound, 16_000, 25)
    name = f"{len(sound)} values at {rate} a second, {fps} frames a second: the loudness"
    answer = check.call(loudness, sound, rate, fps)
    check.close(answer, right, name, rtol=1e-4, mistakes=named, otherwise=lambda: _of_small_sound(loudness))


def _smooth(values, width, total="own", exponent="right", causal=False):
    i = np.arange(len(values))
    gap = np.subtract.outer(i, i).astype(float)
    weights = np.exp(
        -{
            "right": gap**2 / (2 * width**2),
            "no 2": gap**2 / width**2,
            "not squared": np.abs(gap) / (2 * width**2),
            "width": gap**2 / (2 * width),
            "order": gap**2 / 2 * width**2,
        }[exponent]
    )
    if causal:
        weights = np.tril(weights)
    sums = {"own": weights.sum(axis=1), "all": weights.sum(), "n": len(values), "none": 1.0}
    return weights @ values / (sums | {"bell": width * np.sqrt(2 * np.pi)})[total]


def _weights_of(smooth: Callable, values: np.ndarray, width: float) -> str:
    """Which weight of which frame is wrong: read from curves of zeros with a single 1."""

    def ask(curve):
        return np.asarray(check.call(smooth, curve, width), float)

    n = len(values)
    found = np.stack([ask(one) for one in np.eye(n)], axis=1)
    if found.shape != (n, n):
        return ""
    if not np.allclose(ask(values), found @ values, rtol=1e-3, atol=1e-3 * np.abs(values).max()):
        return "this is no sum of the values with fixed weights: a 1 in a curve of zeros counts otherwise than here"
    right = np.stack([_smooth(one, width) for one in np.eye(n)], axis=1)
    i = np.argmax(np.abs(found - right).max(axis=1))
    if not found[i, i]:
        return f"frame {i} takes itself with the weight 0; its own value counts most"
    ratios = found[i] / found[i, i]
    j = np.argmax(np.abs(ratios - right[i] / right[i, i]))
    wanted = np.exp(-((i - j) ** 2) / (2 * width**2))
    if abs(ratios[j] - wanted) < 1e-4:
        return f"the weights of frame {i} add up to {found[i].sum():.4g}; they must add up to 1"
    return (
        f"beside its own weight 1, frame {i} takes frame {j} with {ratios[j]:.4g}; expected "
        f"exp(-({i} - {j})² / (2 · {width:g}²)) = {wanted:.4g}"
    )


def check_smooth(smooth: Callable, values, width: float) -> None:
    """Compare with all pairs at once."""
    values = np.asarray(values, float)
    mistakes = check.slips(
        lambda **options: _smooth(values, width, **options),
        {
            "the weights at the ends do not sum to 1: divide by their own sum.": {"total": "bell"},
            "this is the sum with weights; divide by the sum of the weights.": {"total": "none"},
            "the sum with weights is divided by n; divide by the sum of the weights.": {"total": "n"},
            "all rows are divided by the sum of the whole table; each row by its own sum.": {"total": "all"},
            "the exponent lacks the factor 2 below: (i - j)² / (2 width²).": {"exponent": "no 2"},
            "the distance is not squared in the exponent.": {"exponent": "not squared"},
            "the width is not squared in the exponent.": {"exponent": "width"},
            "/ 2 * width**2 multiplies by width²; write / (2 * width**2).": {"exponent": "order"},
            "only earlier frames count: the result comes late. Weigh both sides.": {"causal": True},
        },
    )
    mistakes["nothing is smoothed: sum over j, the second axis."] = values
    mistakes["this is the mean of all values."] = np.full(len(values), values.mean())
    for fixed in (1, 1.5):
        mistakes[f"the width is always {fixed}; take the argument `width`."] = _smooth(values, fixed)
    answer = check.call(smooth, values, width)
    name = f"{len(values)} values, smoothed with width {width}"
    words = functools.partial(_weights_of, smooth, values, width)
    check.close(answer, _smooth(values, width), name, mistakes=mistakes, otherwise=words)


def _projection(
    pictures, targets, codes, mean, precision, weight,
    pixels="own", centre="mean", form="precision", share="d", square=True, root=False, both=False,
):  # fmt: skip
    """The loss of a projection in float64; the options are mistakes."""
    n, d = codes.shape
    gap = (pictures.astype(float) - targets).reshape(n, -1)
    error = gap**2 if square else np.abs(gap)
    error = {"own": error.mean(axis=1), "sum": error.sum(axis=1), "all": error.mean()}[pixels]
    away = codes - {"mean": mean, "none": 0, "batch": codes.mean(axis=0)}[centre]
    table = precision.astype(float)
    if form in ("plain", "inverse", "diagonal"):
        table = {"plain": np.eye(d), "inverse": np.linalg.inv(table), "diagonal": np.diag(np.diag(table))}[form]
    far = {"half": away @ table, "pairs": away @ table @ away.T}.get(form, away @ table * away).sum(axis=1)
    far = (np.sqrt(far) if root else far) / {"d": d, "1": 1, "1 / d": 1 / d, "n": n, "32": 32}[share]
    return weight * (error + far) if both else error + weight * far


def _of_each_term(loss: Callable, args: tuple) -> str:
    """Which of the two terms is wrong: asked for alone, with the simplest numbers first."""
    pictures, targets, codes, mean, precision, weight = args
    still, d = np.tile(mean, (len(codes), 1)), codes.shape[1]
    step, two = np.eye(d, dtype="float32")[0], np.full_like(pictures, 2)
    both = step + np.eye(d, dtype="float32")[-1]
    alike = "pictures equal to targets and weight 1"
    start = [pictures, targets, codes, mean, precision, 0.4]
    whole = np.asarray(check.call(loss, *start), float)
    for k, name in enumerate(("pictures", "targets", "codes", "mean", "precision", "weight")):
        changed = start[:k] + [2 * start[k]] + start[k + 1 :]
        if np.array_equal(np.asarray(check.call(loss, *changed), float), whole):
            return f"twice the argument `{name}` gives the same loss: is it used?"
    cases = {
        "pictures full of 2, targets full of 0 and codes equal to the mean": (two, 0 * two, still, 1.0),
        f"{alike}, each code the mean + (1, 0, ...), so that the distance is P[0, 0],": (two, two, still + step, 1.0),
        f"{alike}, each code the mean + (1, 0, ..., 0, 1), where all four P count,": (two, two, still + both, 1.0),
        "codes equal to the mean, so that only the pictures' errors count,": (pictures, targets, still, weight),
        f"{alike}, so that only the distance of the codes counts,": (targets, targets, codes, 1.0),
        "pictures equal to targets and weight 2": (targets, targets, codes, 2.0),
    }
    for words, (first, second, some, factor) in cases.items():
        if d == 1 and "(1, 0, ..., 0, 1)" in words:
            continue
        case = first, second, some, mean, precision, factor
        found, right = np.asarray(check.call(loss, *case), float), _projection(*case)
        if found.shape == right.shape and not np.allclose(found, right, rtol=1e-3, atol=1e-5):
            k = np.argmax(np.abs(found - right))
            return f"with d = {d}, {words} the loss of picture {k} is {found[k]:.4g}, expected {right[k]:.4g}"
    return ""


def check_projection_loss(loss: Callable, n: int, d: int, size: int, weight: float) -> None:
    """Compare with the formula in NumPy; then with gradients."""
    rng = np.random.default_rng([n, d, size])
    pictures, targets = (rng.uniform(-1, 1, (n, size, size + 1, 3)).astype("float32") for _ in range(2))
    codes, mean = rng.normal(1, 1, (n, d)).astype("float32"), rng.normal(size=d).astype("float32")
    root = rng.normal(size=(d, d)) / np.sqrt(d) + np.eye(d)
    args = pictures, targets, codes, mean, (root @ root.T).astype("float32"), weight
    right, nothing = _projection(*args), _projection(*args[:-1], 0.0)
    mistakes = check.slips(
        lambda **options: _projection(*args, **options),
        {
            "pixels are summed; take the mean squared error of each picture.": {"pixels": "sum"},
            "the pictures' errors are averaged; each picture has an error of its own.": {"pixels": "all"},
            "the mean code is not subtracted.": {"centre": "none"},
            "the mean of these codes is subtracted; subtract the argument `mean`.": {"centre": "batch"},
            "the precision matrix is not used: (code - mean) P (code - mean).": {"form": "plain"},
            "the precision IS the inverse of the covariance; it is inverted once more.": {"form": "inverse"},
            "only the diagonal of the precision matrix counts; take all of it.": {"form": "diagonal"},
            "(code - mean) P is summed; multiply it by code - mean before the sum.": {"form": "half"},
            "codes of different pictures are multiplied; each only with itself.": {"form": "pairs"},
            "divide the squared distance by d.": {"share": "1"},
            "the squared distance is multiplied by d; divide by d.": {"share": "1 / d"},
            "the squared distance is divided by the number of pictures; divide by d.": {"share": "n"},
            "the squared distance is divided by 32; d is the number of columns here.": {"share": "32"},
            "the distance is SQUARED: no root.": {"root": True},
            "absolute differences; the error of a picture is squared.": {"square": False},
            "lambda stands before the distance alone, not before the error.": {"both": True},
        },
    )
    wrong = 2 * nothing - right
    mistakes["the term of the code has the wrong sign: codes far from the mean must cost."] = wrong
    mistakes["the term of the code is missing."] = nothing
    mistakes["this is one number; each picture has a loss of its own, (n,)."] = right.mean()
    mistakes["this is the sum over the pictures; each has a loss of its own, (n,)."] = right.sum()
    answer = check.call(loss, *args)
    words = functools.partial(_of_each_term, loss, args)
    check.close(
        answer, right, f"the loss of {n} pictures, weight {weight}", rtol=1e-3, mistakes=mistakes, otherwise=words
    )
    slopes = 2 * (pictures - targets) / pictures[0].size, 2 * weight * (codes - mean) @ args[4] / d
    for part, found, slope in zip(
        ("pictures", "codes"), check.trace(loss, *args).gradients(by=[0, 2]), slopes, strict=True
    ):
        check.close(found, slope, f"the gradient by `{part}` (does all of it get through?)", rtol=1e-3)
