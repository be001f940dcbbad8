"""Checks of lesson 53, small and fast decoders."""

import functools

import keras
import numpy as np

from course_utils import check
from course_utils.probes import deployment as probes


def _spread(scale: float, zero_point: int, bits: int, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers inside and outside the range, none near a tie of the rounding."""
    rng = np.random.default_rng([bits, zero_point % 7, len(shape)])
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    steps = rng.integers(lowest - 2**bits, highest + 2**bits, size=shape)
    x = scale * (steps - zero_point + rng.choice([-0.3, 0.2, 0.4], size=shape))
    return x.astype("float32")


def _to_steps(x, scale, zero_point, bits, *, rounding=np.rint, sign=1, late=False, times=False, top=0, limit=True):
    """The integers, with the usual slips as options."""
    x = x.astype(float)
    ratio = x * scale if times else x / scale
    q = rounding(ratio + sign * zero_point) if late else rounding(ratio) + sign * zero_point
    return np.clip(q, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1 + top) if limit else q


def check_quantise(quantise, scale: float, zero_point: int, bits: int, shape: tuple[int, ...] = (40,)) -> None:
    """Integers of numbers inside and outside the range."""
    x = _spread(scale, zero_point, bits, shape)
    answer = check.call(quantise, x, scale, zero_point, bits)
    right = _to_steps(x, scale, zero_point, bits)
    slips = check.slips(
        functools.partial(_to_steps, x, scale, zero_point, bits),
        {
            "cut off instead of rounded: astype drops the decimals. Use np.rint.": {"rounding": np.trunc},
            "rounded down instead of to the nearest integer.": {"rounding": np.floor},
            "rounded up instead of to the nearest integer.": {"rounding": np.ceil},
            "the zero point is subtracted; here it is added.": {"sign": -1},
            "the zero point is missing.": {"sign": 0},
            "multiplied by the scale; divide by it.": {"times": True},
            "not saturated at the lowest and the highest integer.": {"limit": False},
            "the highest integer is one less than 2^(bits - 1).": {"top": 1},
            "not rounded: these are no whole numbers. Use np.rint.": {"rounding": lambda r: r},
        },
    )
    whole = _to_steps(x, scale, zero_point, bits, limit=False)
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def wrapped(q):
        return np.mod(q + 128, 256) - 128

    unsigned = np.clip(whole, 0, 2**bits - 1)
    negative = "the limits are 0 and 2^bits - 1; signed integers begin with -2^(bits - 1)."
    mistakes = {
        "the limits of 8 bits were taken; use the argument bits.": np.clip(whole, -128, 127),
        "the numbers wrap around: 128 becomes -128 in int8. Clip before astype.": wrapped(whole),
        "the numbers wrap around before they are clipped. Clip before astype.": np.clip(
            wrapped(whole), lowest, highest
        ),
        negative: unsigned,
        f"{negative} (And int8 ends at 127.)": wrapped(unsigned),
        "the highest integer is one less than 2^(bits - 1), which wraps around.": wrapped(
            np.clip(whole, lowest, highest + 1)
        ),
        "the zero point was added after clipping.": np.clip(whole - zero_point, lowest, highest) + zero_point,
        "these are the dequantised numbers; return the integers.": scale * (right - zero_point),
    }
    check.close(answer, right, "the integers", rtol=0, atol=1e-6, mistakes=mistakes | slips)
    kind = np.asarray(answer).dtype
    check.require(kind == np.int8, f"the integers: expected an array of int8, got {kind}.")


def check_dequantise(dequantise, scale: float, zero_point: int) -> None:
    """Real numbers of all 256 integers."""
    q = np.arange(-128, 128).reshape(16, 16).astype("int8")
    answer = check.call(dequantise, q, scale, zero_point)
    steps = q.astype(float)
    overflown = (q.astype(int) - zero_point + 128) % 256 - 128
    mistakes = {
        "the difference overflows: int8 minus an integer is int8 again. Convert q to float32 first.": scale * overflown,
        "the zero point is added; on the way back it is subtracted.": scale * (steps + zero_point),
        "the zero point is missing.": scale * steps,
        "the zero point is subtracted after multiplying: it is scale * (q - zero_point).": scale * steps - zero_point,
        "divided by the scale; multiply by it.": (steps - zero_point) / scale,
        "the sign is wrong: it is q - zero_point.": scale * (zero_point - steps),
    }
    check.close(answer, scale * (steps - zero_point), "the real numbers", rtol=1e-5, mistakes=mistakes)
    kind = np.asarray(answer).dtype
    check.require(kind == np.float32, f"the real numbers: expected float32, got {kind}.")


def _range(values, bits, clip, *, ends=2, zero=True, levels=-1, both=False, lowest=True, sign=1):
    """Scale and zero point, with the usual slips as options."""
    share = clip / ends
    low, high = np.quantile(values.astype(float), [share, 1 - share])
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if both:
        high = max(-low, high)
        low = -high
    scale = (high - low) / (2**bits + levels)
    zero_point = np.rint((-(2 ** (bits - 1)) if lowest else 0) - sign * low / scale)
    return np.array([scale, zero_point])


def check_calibrate(calibrate, n: int, middle: float, bits: int, clip: float) -> None:
    """Scale and zero point of n numbers around a middle."""
    rng = np.random.default_rng([n, bits])
    values = (middle + rng.normal(size=n) + 0.3 * rng.exponential(size=n)).astype("float32")
    values = values.reshape(-1, 5) if n % 5 == 0 else values
    scale, zero_point = _range(values, bits, clip)
    found = check.several(check.call(calibrate, values, bits, clip), "scale", "zero point")
    answer = np.array([check.number(one, name) for one, name in zip(found, ("scale", "zero point"), strict=True)])
    slips = check.slips(
        functools.partial(_range, values, bits, clip),
        {
            "the whole share was left out at each end; it is half of it.": {"ends": 1},
            "nothing was left out: use the argument clip.": {"ends": np.inf},
            "the range must be widened to contain 0.": {"zero": False},
            "there are 2^bits - 1 steps between 2^bits integers.": {"levels": 0},
            "the range was made symmetric; it goes from low to high.": {"both": True},
            "low must become the lowest integer, -2^(bits - 1), not 0.": {"lowest": False},
            "the sign of low / scale is wrong.": {"sign": -1},
        },
    )
    mistakes = {
        "scale and zero point are exchanged.": np.array([zero_point, scale]),
        "the bits are fixed at 8: use the argument bits.": _range(values, 8, clip),
        "scale: it is the range divided by the steps, not the steps by the range.": np.array([1 / scale, zero_point]),
    }
    check.close(answer[:1], [scale], "the scale", rtol=1e-5, mistakes={m: v[:1] for m, v in (mistakes | slips).items()})
    raw = -(2.0 ** (bits - 1)) - min(np.quantile(values.astype(float), clip / 2), 0) / scale
    whole = {
        "not rounded: the zero point is an integer.": raw,
        "rounded down.": np.floor(raw),
        "cut off.": np.trunc(raw),
    }
    about = whole | {m: v[1] for m, v in slips.items()}
    check.close(answer[1], zero_point, "the zero point", rtol=0, atol=1e-9, mistakes=about)


def check_calibrate_zeros(calibrate) -> None:
    """An empty range."""
    values = np.zeros((3, 4), "float32")
    message = "All values are 0: the range is empty, and dividing by it fails. Return scale 1 and zero point 0 then."
    try:
        found = check.call(calibrate, values, 8, 0.0)
    except check.CheckError as error:
        raise check.CheckError(message) from error
    found = check.several(found, "scale", "zero point")
    numbers = [np.asarray(one, dtype=float) for one in found]
    check.require(all(np.isfinite(one).all() for one in numbers), message)
    check.require([float(one) for one in numbers] == [1.0, 0.0], message)


@functools.cache
def _network(k: int, far: bool) -> tuple[keras.Model, np.ndarray, list[np.ndarray], list[np.ndarray]]:
    """A small decoder, representative codes, batches of other codes, and the right outputs."""
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
    away = 20.0 * far
    codes = (away + 2.5 * rng.normal(size=(60, k)) - 1).astype("float32")
    batches = [(away + 2.5 * rng.normal(size=(n, k)) - 1).astype("float32") for n in (1, 7, 30)]
    return model, codes, batches, [model.predict(batch, verbose=0) for batch in batches]


def check_export(export_int8, k: int, far: bool = False) -> None:
    """Is the file int8 inside, float32 at both ends, free in its batch, and close to the model?"""
    model, codes, batches, right = _network(k, far)
    found = check.beside(probes.export, export_int8, model, codes, batches)
    ends, types = list(found["dtypes"]), dict(found["types"])
    for place, kind in zip(("input", "output"), ends, strict=True):
        check.require(kind == "float32", f"The file's {place} is {kind}; both ends stay float32.")
    batch = found["batch"]
    check.require(
        batch == -1, f"The file takes batches of {batch} only. Convert the model as it is: its batch is free."
    )
    small = types.get("int8", 0) > 0
    check.require(small, "The weights are no int8 numbers: set `converter.optimizations`, and no other types.")
    many = types.get("float32", 0)
    message = "Activations are still float32: that is dynamic range. Set `converter.representative_dataset`."
    check.require(many <= 70 + 3 * k, message)
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
    """A decoder that differs from a model by a known amount at each batch size."""

    def __init__(self, model, gaps: dict[int, float]):
        kernel, bias = (w.astype(float) for w in model.get_weights())
        self.kernel, self.bias, self.gaps = kernel, bias, gaps

    def decode(self, codes):
        """Pictures (n, 2, 3), one pixel of the last off by the planted gap."""
        pictures = (np.asarray(codes, dtype=float) @ self.kernel + self.bias).reshape(-1, 2, 3)
        if len(pictures) in self.gaps:
            pictures[-1, 1, 0] += self.gaps[len(pictures)]
        return pictures.astype("float32")


@functools.cache
def _linear() -> keras.Model:
    rng = np.random.default_rng(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6), keras.layers.Reshape((2, 3))])
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def check_difference(largest_difference, sizes: list[int]) -> None:
    """Gaps planted at each batch size, negative and positive."""
    model = _linear()
    codes = np.random.default_rng(0).normal(size=(max(sizes) + 2, 4)).astype("float32")
    sign = -1 if sizes[0] % 2 else 1
    gaps = {size: sign * gap for size, gap in zip(sizes, (0.2, -0.3, 0.5, 0.4), strict=False)}
    planted = _Planted(model, gaps)
    answer = check.call(largest_difference, planted.decode, model, codes, list(sizes))
    right = max(abs(gap) for gap in gaps.values())
    signed, pixels = list(gaps.values()), [6 * size for size in sizes]
    ratios = [abs(gap) / count for gap, count in zip(signed, pixels, strict=True)]
    squares = [gap**2 / count for gap, count in zip(signed, pixels, strict=True)]
    mistakes = {
        "only the last batch size counts; take the largest over all.": abs(signed[-1]),
        "only the first batch size counts, or negative or positive differences alone; take the largest absolute one.": abs(
            signed[0]
        ),
        "negative differences were not counted: take absolute values.": max([0.0, *signed]),
        "positive differences were not counted, or the sign is turned: take absolute values.": max(
            [0.0, *(-gap for gap in signed)]
        ),
        "the mean over the pixels was taken; take the largest.": max(ratios),
        "the mean squared difference was taken; take the largest absolute one.": max(squares),
        "the differences of the batch sizes were added up; take the largest.": sum(abs(gap) for gap in signed),
        "the differences of the batch sizes were averaged; take the largest.": np.mean(np.abs(signed)),
        "nothing was found to differ: compare with batches of the sizes, not with all of `codes`.": 0.0,
    }
    check.close(answer, right, "the largest difference", rtol=1e-3, mistakes=mistakes)


def check_difference_shape(largest_difference, sizes: list[int], keep: bool = False) -> None:
    """A decoder that gives one picture, or flat ones, whatever it is asked."""
    model = _linear()
    codes = np.random.default_rng(0).normal(size=(max(sizes), 4)).astype("float32")
    planted = _Planted(model, {})

    def wrong(some):
        found = planted.decode(some)
        return found[..., None] if keep else found[:1]

    try:
        answer = float(np.asarray(check.call(largest_difference, wrong, model, codes, list(sizes))))
    except check.CheckError as error:
        message = "`decode` gave another shape than the model, and the function stopped. Compare the shapes first: return np.inf."
        raise check.CheckError(message) from error
    words = "`decode` gave 1 picture for several codes" if not keep else "`decode` gave pictures with an axis more"
    check.require(answer == np.inf, f"{words}; broadcasting hides it. Expected np.inf, got {answer:.4g}.")


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
    points = [0.1, 0.5, 0.9]
    right = 1000 * np.quantile(counted, points)
    mean, spread = counted.mean(), counted.std()
    mistakes = {
        "these are seconds; a second has 1000 milliseconds.": right / 1000,
        "these are microseconds.": right * 1000,
        "the warm-up was counted.": 1000 * np.quantile(seconds, points),
        "the warm-up was counted, and these are seconds.": np.quantile(seconds, points),
        "the last calls were left out instead of the first.": 1000 * np.quantile(seconds[:runs], points),
        "the order is 0.1, 0.5, 0.9: the median stands in the middle.": right[[1, 0, 2]],
        "the order is 0.1, 0.5, 0.9, from low to high.": right[::-1],
        "the mean was taken for the median.": np.array([right[0], 1000 * mean, right[2]]),
        "these are mean and standard deviation; take quantiles.": 1000 * np.array([mean - spread, mean, mean + spread]),
        "these are the smallest, the middle and the largest time; take the 0.1 and 0.9 quantile.": 1000
        * np.quantile(counted, [0, 0.5, 1]),
        "this is the median alone; return all three.": right[1],
        "these are all times; return their quantiles.": 1000 * counted,
        "the time of all calls together was divided by their number.": np.full(3, 1000 * mean),
        "the times run on from the start: read the clock anew before each call.": 1000
        * np.quantile(np.cumsum(seconds)[warm_up:], points),
    }
    check.close(answer, right, "the three quantiles", rtol=1e-4, mistakes=mistakes)


def _prune_slips(kernels: list[np.ndarray], count: int) -> dict[str, list[np.ndarray]]:
    """What usual mistakes leave of the kernels."""
    flat = np.concatenate([k.ravel() for k in kernels])
    ends = np.cumsum([k.size for k in kernels])[:-1]

    def without(places):
        keep = flat.copy()
        keep[places] = 0
        return [part.reshape(k.shape) for part, k in zip(np.split(keep, ends), kernels, strict=True)]

    order = np.argsort(np.abs(flat), kind="stable")
    each = []
    for kernel in kernels:
        part = kernel.ravel().copy()
        part[np.argsort(np.abs(part))[: round(count / len(flat) * part.size)]] = 0
        each.append(part.reshape(kernel.shape))
    return {
        "the largest weights were removed; remove the smallest.": without(order[len(flat) - count :]),
        "the share that was kept and the share that was removed are exchanged.": without(order[: len(flat) - count]),
        "the most negative weights were removed: rank by magnitude, without the sign.": without(
            np.argsort(flat, kind="stable")[:count]
        ),
        "each kernel was pruned by itself; rank all weights together.": each,
    }


def check_prune(prune, shapes: list[tuple[int, ...]], share: float, equal: bool = False) -> None:
    """Are just so many weights removed, and the smallest of all?"""
    rng = np.random.default_rng([len(shapes), int(100 * share)])
    kernels = [((1 + 2 * k) * (rng.normal(size=s) + 0.2) + 0.01).astype("float32") for k, s in enumerate(shapes)]
    if equal:  # magnitudes 1, 2 and 3 only
        kernels = [(np.clip(np.ceil(np.abs(k)), 1, 3) * np.sign(k)).astype("float32") for k in kernels]
    total = sum(k.size for k in kernels)
    count = round(share * total)
    answer = check.call(prune, kernels, share)
    check.require(answer is not None, "Nothing was returned. Is the `return` missing?")
    listed = isinstance(answer, list | tuple) and len(answer) == len(kernels)
    check.require(listed, f"Expected a list of {len(kernels)} arrays, one for each kernel.")
    found = [check.array(a, f"kernel {k}", shape=s) for k, (a, s) in enumerate(zip(answer, shapes, strict=True))]
    flat, left = (np.concatenate([k.ravel() for k in some]) for some in (kernels, found))
    removed = left == 0
    if not equal:
        for message, wrong in _prune_slips(kernels, count).items():
            same = np.concatenate([k.ravel() for k in wrong])
            differs = not np.array_equal(same == 0, np.argsort(np.argsort(np.abs(flat))) < count)
            check.require(not (differs and np.array_equal(left, same)), message)
    check.require(
        np.array_equal(left[~removed], flat[~removed]), "Weights that are kept must stay as they are, with their sign."
    )
    more = " Equal weights were all removed, or all kept: count them." if equal else ""
    check.require(
        removed.sum() == count,
        f"{removed.sum()} of {total} weights are zero, expected round({share:g} * {total}) = {count}.{more}",
    )
    if 0 < count < total:
        worst, best = np.abs(flat[removed]).max(), np.abs(flat[~removed]).min()
        check.require(worst <= best, f"A weight of magnitude {worst:.3g} was removed, and one of {best:.3g} kept.")
