"""Checks of lesson 53, small and fast decoders: the exported file, its check, and the latency."""

import functools

import keras
import numpy as np

from course_utils import check
from course_utils.probes import deployment as probes


def _decoder(k: int) -> keras.Model:
    """A small decoder, new at every call: an answer may change it."""
    rng = np.random.default_rng(k)
    model = keras.Sequential(
        [
            keras.Input((k,)),
            keras.layers.Dense(48, activation="relu"),
            keras.layers.Dense(2 * 2 * 6, activation="relu"),
            keras.layers.Reshape((2, 2, 6)),
            keras.layers.Conv2DTranspose(2, 4, strides=2, padding="same"),
        ]
    )
    model.set_weights([rng.normal(size=w.shape) / np.sqrt(len(w)) for w in model.get_weights()])
    return model


@functools.cache
def _codes(k: int, far: bool) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """Representative codes, batches of other codes, and the right outputs."""
    rng, away = np.random.default_rng(k + 100), 20.0 * far
    codes = (away + 2.5 * rng.normal(size=(60, k)) - 1).astype("float32")
    codes = codes[np.argsort(codes.max(axis=1))]  # the largest come last: some of the codes do not do
    batches = [(away + 2.5 * rng.normal(size=(n, k)) - 1).astype("float32") for n in (1, 7, 30)]
    model = _decoder(k)
    return codes, batches, [np.asarray(model(batch)) for batch in batches]


def _require_int8(found: dict, k: int) -> None:
    """Is the file int8 inside, float32 at both ends, and free in its batch?"""
    for place, kind in zip(("input", "output"), found["dtypes"], strict=True):
        check.require(kind == "float32", f"The file's {place} is {kind}; both ends stay float32.")
    batch, types = found["batch"], dict(found["types"])
    check.require(
        batch == -1, f"The file takes batches of {batch} only. Convert the model as it is: its batch is free."
    )
    small = types.get("int8", 0) > 0
    check.require(small, "The weights are no int8 numbers: set `converter.optimizations`, and no other types.")
    many = types.get("float32", 0)
    message = "Activations are still float32: that is dynamic range. Set `converter.representative_dataset` to a function that yields codes."
    check.require(many <= 70 + 3 * k, message)
    check.require("int16" not in types, "Activations are int16, expected int8: leave `target_spec` as it is.")


def _require_range(found: dict, codes: np.ndarray) -> None:
    """Was the range of the input learned from all codes?"""
    right = min(0.0, float(codes.min())), max(0.0, float(codes.max()))
    message = "The codes are not quantised inside the file. Set `converter.representative_dataset`."
    check.require(found["range"] is not None, message)
    low, high = found["range"]
    message = (
        f"The file's input goes from {low:.3g} to {high:.3g}, but `codes` from {right[0]:.3g} to {right[1]:.3g} (with "
        "0). The ranges must be learned from all of `codes`, as they are."
    )
    check.require(max(abs(low - right[0]), abs(high - right[1])) < 0.02 * (right[1] - right[0]), message)


def check_export(export_int8, k: int, far: bool = False) -> None:
    """Is the file int8 inside, float32 at both ends, free in its batch, and close to the model?"""
    codes, batches, right = _codes(k, far)
    found = check.beside(probes.export, export_int8, _decoder(k), codes, batches)
    _require_int8(found, k)
    _require_range(found, codes)
    for codes_in, output, wanted in zip(batches, found["outputs"], right, strict=True):
        n = len(codes_in)
        check.require(not isinstance(output, str), f"The file fails with a batch of {n}: {output}")
        output = check.array(output, f"the pictures of {n} codes", shape=wanted.shape)
        spread = np.concatenate([one.ravel() for one in right]).std()
        gap = np.sqrt(np.mean((output - wanted) ** 2)) / spread
        message = (
            f"The pictures of {n} other codes are off by {gap:.0%} of their spread; int8 needs 5 %. Were the ranges "
            "learned from all of `codes`, as they are?"
        )
        check.require(gap < 0.12, message)


class _Planted:
    """A decoder that differs from a model by a known amount at each batch size, and a little everywhere."""

    def __init__(self, model, gaps: dict[int, float], codes: np.ndarray):
        kernel, bias = (w.astype(float) for w in model.get_weights())
        self.kernel, self.bias, self.gaps, self.codes = kernel, bias, gaps, codes

    def right(self, codes):
        """The model's pictures (n, 2, 3)."""
        return (np.asarray(codes, dtype=float) @ self.kernel + self.bias).reshape(-1, 2, 3)

    def decode(self, codes):
        """Pictures with small gaps everywhere, larger in the first (much, for other codes) and in the middle."""
        pictures, n = self.right(codes), len(codes)
        right = pictures.copy()
        pictures += np.linspace(0.04, -0.07, pictures.size).reshape(pictures.shape)
        if n in self.gaps:
            pictures[n // 2, 1, 0] = right[n // 2, 1, 0] + self.gaps[n]
        same = np.array_equal(codes, self.codes[:n])
        pictures[:1, 0, 0] = right[:1, 0, 0] - (0.215 + 0.01 * (n % 7) if same else 3.0)
        return pictures.astype("float32")

    def pair(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Both pictures of the first n codes."""
        return self.decode(self.codes[:n]), self.right(self.codes[:n])

    def largest(self, n: int) -> float:
        """The largest absolute difference of the first n codes."""
        decoded, right = self.pair(n)
        return float(np.abs(decoded - right).max())


@functools.cache
def _linear() -> keras.Model:
    rng = np.random.default_rng(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6), keras.layers.Reshape((2, 3))])
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


# what else than the largest absolute difference is taken of the pictures a, the model being b
REDUCTIONS = {
    "negative differences were not counted: take absolute values.": lambda a, b: max(0.0, (a - b).max()),
    "positive differences were not counted, or the sign is turned: take absolute values.": lambda a, b: max(
        0.0, (b - a).max()
    ),
    "the largest was taken before the absolute value; take absolute values first.": lambda a, b: abs((a - b).max()),
    "the mean over the pixels was taken; take the largest.": lambda a, b: np.abs(a - b).mean(),
    "the median over the pixels was taken; take the largest.": lambda a, b: np.median(np.abs(a - b)),
    "the smallest difference was taken; take the largest.": lambda a, b: np.abs(a - b).min(),
    "the differences of the pixels were added up; take the largest.": lambda a, b: np.abs(a - b).sum(),
    "the mean squared difference was taken; take the largest absolute one.": lambda a, b: np.mean((a - b) ** 2),
    "the root of the mean square was taken; take the largest absolute one.": lambda a, b: np.sqrt(
        np.mean((a - b) ** 2)
    ),
    "the largest was squared; take the absolute difference.": lambda a, b: np.max((a - b) ** 2),
    "the norm of a whole picture was taken; take single pixels.": lambda a, b: np.sqrt(
        ((a - b) ** 2).sum(axis=(1, 2)).max()
    ),
    "the norm of a whole batch was taken; take single pixels.": lambda a, b: np.sqrt(((a - b) ** 2).sum()),
    "the difference was divided by the model's pixel; take it as it is.": lambda a, b: np.max(np.abs((a - b) / b)),
    "the difference was divided by the model's largest pixel; take it as it is.": lambda a, b: (
        np.abs(a - b).max() / np.abs(b).max()
    ),
    "only the first picture of each batch was compared; compare all.": lambda a, b: np.abs(a[0] - b[0]).max(),
    "the largest pixels were compared; subtract pixel by pixel first.": lambda a, b: abs(a.max() - b.max()),
}


def _wrong_differences(planted: _Planted, sizes: list[int]) -> dict[str, float]:
    """What mistakes give in place of the largest difference."""
    pairs = [planted.pair(n) for n in sizes]
    largest = [planted.largest(n) for n in sizes]
    found = {
        "only the last batch size counts; take the largest over all.": largest[-1],
        "only the first batch size counts; take the largest over all.": largest[0],
        "only the largest batch size counts; take the largest over all.": largest[int(np.argmax(sizes))],
        "the smallest over the batch sizes was taken; take the largest.": min(largest),
        "the differences of the batch sizes were added up; take the largest.": sum(largest),
        "the differences of the batch sizes were averaged; take the largest.": np.mean(largest),
    }
    for message, reduce in REDUCTIONS.items():
        each = [reduce(a, b) for a, b in pairs]
        found |= {message: max(each), f"{message} (And only the last batch size counts.)": each[-1]}
    return found | {
        "other codes were compared; take the first rows, `codes[:size]`.": 3.0,
        "nothing was found to differ: is the model compared with itself?": 0.0,
        "these are all batch sizes; return the largest difference of all.": largest,
        "all codes were decoded; compare batches of the sizes, `codes[:size]`.": planted.largest(len(planted.codes)),
        "one code more was decoded for each size; take `codes[:size]`.": max(planted.largest(n + 1) for n in sizes),
        "only the last picture of each batch was compared; compare all.": max(
            np.abs(a[-1] - b[-1]).max() for a, b in pairs
        ),
    }


def check_difference(largest_difference, sizes: list[int]) -> None:
    """Gaps planted at each batch size, negative and positive."""
    model = _linear()
    codes = np.random.default_rng(0).normal(size=(max(sizes) + 2, 4)).astype("float32")
    sign = -1 if sizes[0] % 2 else 1
    gaps = {size: sign * gap for size, gap in zip(sizes, (0.3, -0.2, 0.4, 0.5), strict=False)}
    planted = _Planted(model, gaps, codes)
    answer = check.call(largest_difference, planted.decode, model, codes, list(sizes))
    right = max(planted.largest(n) for n in sizes)
    known = functools.partial(_wrong_differences, planted, list(sizes))
    check.close(answer, right, "the largest difference", rtol=1e-3, mistakes=known)


def check_difference_shape(largest_difference, sizes: list[int], keep: bool = False) -> None:
    """A decoder that gives one picture, or flat ones, whatever it is asked."""
    model = _linear()
    codes = np.random.default_rng(0).normal(size=(max(sizes), 4)).astype("float32")
    planted = _Planted(model, {}, codes)

    def wrong(some):
        found = planted.right(some).astype("float32")
        return found[..., None] if keep else found[:1]

    try:
        answer = check.call(largest_difference, wrong, model, codes, list(sizes))
    except check.CheckError as error:
        message = "`decode` gave another shape than the model, and the function stopped. Compare the shapes first: return np.inf."
        raise check.CheckError(message) from error
    words = "`decode` gave 1 picture for several codes" if not keep else "`decode` gave pictures with an axis more"
    if np.isscalar(answer) and not isinstance(answer, str):
        check.require(answer == np.inf, f"{words}; broadcasting hides it. Expected np.inf, got {answer:.4g}.")
    check.close(answer, np.inf, f"{words}; expected np.inf")


def check_difference_nan(largest_difference, sizes: list[int]) -> None:
    """A decoder that gives a NaN at the largest size: it must not count as no difference."""
    model = _linear()
    codes = np.random.default_rng(0).normal(size=(max(sizes), 4)).astype("float32")
    planted = _Planted(model, {sizes[0]: 0.3}, codes)

    def broken(some):
        found = planted.decode(some)
        if len(some) == max(sizes):
            found[-1, 0] = np.nan
        return found

    answer = check.call(largest_difference, broken, model, codes, list(sizes))
    known = isinstance(answer, float | np.floating) or getattr(answer, "shape", None) == ()
    hidden = known and np.isfinite(float(answer))
    words = f"`decode` gave a NaN, and the answer is {float(answer) if known else 0:.4g}: it hides the NaN"
    check.require(not hidden, f"{words}. max(0.0, nan) is 0.0 in Python. Look for NaN first, and return np.inf.")
    if not (known and np.isnan(float(answer))):
        check.close(answer, np.inf, "`decode` gave a NaN; expected np.inf")


class _Watch:
    """A clock that moves only while the function runs, each call by another time."""

    def __init__(self, seconds: np.ndarray):
        self.now, self.calls, self.reads, self.seconds = 1000.0, 0, 0, seconds

    def work(self):
        """One call of the function."""
        self.now += float(self.seconds[min(self.calls, len(self.seconds) - 1)])
        self.calls += 1

    def clock(self) -> float:
        """The time in seconds."""
        self.reads += 1
        return self.now


POINTS = [0.1, 0.5, 0.9]
# what else than the three quantiles is taken of the times that count, in milliseconds
SUMMARIES = {
    "these are seconds; a second has 1000 milliseconds.": lambda t: np.quantile(t, POINTS) / 1000,
    "these are microseconds.": lambda t: 1000 * np.quantile(t, POINTS),
    "divided by 1000; a second has 1000 milliseconds, so multiply.": lambda t: np.quantile(t, POINTS) / 1e6,
    "a second has 1000 milliseconds, not 100.": lambda t: np.quantile(t, POINTS) / 10,
    "the order is 0.1, 0.5, 0.9: the median stands in the middle.": lambda t: np.quantile(t, [0.5, 0.1, 0.9]),
    "the order is 0.1, 0.5, 0.9, from low to high.": lambda t: np.quantile(t, [0.9, 0.5, 0.1]),
    "np.percentile counts in per cent: 10, 50, 90. np.quantile takes shares.": lambda t: np.percentile(t, POINTS),
    "these are the 0.05 and 0.95 quantiles; take 0.1 and 0.9.": lambda t: np.quantile(t, [0.05, 0.5, 0.95]),
    "these are quartiles; take the 0.1 and 0.9 quantile.": lambda t: np.quantile(t, [0.25, 0.5, 0.75]),
    "these are the smallest, the middle and the largest time; take the 0.1 and 0.9 quantile.": lambda t: np.quantile(
        t, [0, 0.5, 1]
    ),
    "single times were taken; a quantile lies between two, as np.quantile has it.": lambda t: np.sort(t)[
        [int(p * len(t)) for p in POINTS]
    ],
    "single times were taken (the nearest); a quantile lies between two, as np.quantile has it.": lambda t: np.quantile(
        t, POINTS, method="nearest"
    ),
    "the mean was taken for the median.": lambda t: [np.quantile(t, 0.1), t.mean(), np.quantile(t, 0.9)],
    "these are mean and standard deviation; take quantiles.": lambda t: t.mean() + t.std() * np.array([-1, 0, 1]),
    "these are median and standard deviation; take quantiles.": lambda t: np.median(t) + t.std() * np.array([-1, 0, 1]),
    "this is the median alone; return all three.": np.median,
    "this is the mean alone; return three quantiles.": np.mean,
    "these are all times; return their quantiles.": lambda t: t,
    "the median is missing; return three quantiles.": lambda t: np.quantile(t, [0.1, 0.9]),
    "the time of all calls together was divided by their number.": lambda t: np.full(3, t.mean()),
    "the sign is turned: the end minus the start.": lambda t: np.quantile(-t, POINTS),
    "these are calls a second; return milliseconds a call.": lambda t: 1000 / np.quantile(t, POINTS),
}


def _wrong_latencies(seconds: np.ndarray, runs: int, warm_up: int) -> dict:
    """What mistakes give in place of the three quantiles."""
    times, after = 1000 * seconds, slice(warm_up, None)
    chosen = {
        "": times[after],
        "the warm-up was counted.": times,
        "the last calls were left out instead of the first.": times[:runs],
        "the warm-up was taken, and the rest left out.": times[:warm_up],
        "one call too many was left out.": times[warm_up + 1 :],
        "the last call of the warm-up was counted.": times[max(warm_up - 1, 0) :],
        "sorted before the warm-up was left out: the first calls are no longer first.": np.sort(times)[after],
        "the times run on from the start: read the clock anew before each call.": np.cumsum(times)[after],
        "the times run on from the end of the warm-up: read the clock anew before each call.": np.cumsum(times[after]),
        "the time of the whole warm-up was counted with the first call.": times[after]
        + times[:warm_up].sum() * (np.arange(runs) == 0),
        "the clock was read twice after the call; read it before and after.": 0 * times[after],
    }
    found = {}
    for which, some in chosen.items():
        if len(some):
            found |= {which: np.quantile(some, POINTS)} if which else {}
            found |= {f"{text} And {which}" if which else text: f(some) for text, f in SUMMARIES.items()}
    return found


def check_latency(latency, runs: int, warm_up: int) -> None:
    """Quantiles of known times, the first ones long."""
    rng = np.random.default_rng([runs, warm_up])
    counted = rng.exponential(size=runs) * 0.004 + 0.001
    seconds = np.concatenate([0.5 + rng.random(warm_up), counted])
    watch = _Watch(seconds)
    answer = check.call(latency, watch.work, runs, warm_up, watch.clock)
    if watch.reads == 0:
        raise check.CheckError("The argument `clock` was not called: take the time from it.")
    total = warm_up + runs
    check.require(
        watch.calls == total, f"The function was called {watch.calls} times, expected warm_up + runs = {total}."
    )
    known = functools.partial(_wrong_latencies, seconds, runs, warm_up)
    check.close(answer, 1000 * np.quantile(counted, POINTS), "the three quantiles", rtol=1e-4, mistakes=known)
