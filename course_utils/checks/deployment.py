"""Checks of lesson 53, small and fast decoders: integers and pruning. Files and latency are in the module imported here."""

import functools

import numpy as np

from course_utils import check
from course_utils.checks.deployment_files import check_difference as check_difference
from course_utils.checks.deployment_files import check_difference_nan as check_difference_nan
from course_utils.checks.deployment_files import check_difference_shape as check_difference_shape
from course_utils.checks.deployment_files import check_export as check_export
from course_utils.checks.deployment_files import check_latency as check_latency


def _spread(scale: float, zero_point: int, bits: int, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers inside and outside the range, none near a tie of the rounding."""
    rng = np.random.default_rng([bits, zero_point % 7, len(shape)])
    lowest, highest = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    steps = rng.integers(lowest - 2**bits, highest + 2**bits, size=shape)
    x = scale * (steps - zero_point + rng.choice([-0.3, 0.2, 0.4], size=shape))
    return x.astype("float32")


def _saturated(q, bits):
    return np.clip(q, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _wrapped(q, bits=8):
    """What astype makes of integers that do not fit into so many bits."""
    return np.mod(q + 2 ** (bits - 1), 2**bits) - 2 ** (bits - 1)


def _to_steps(x, scale, zero_point, bits, *, rounding=np.rint, sign=1, times=False, order="divide", limit=_saturated):
    """The integers, with the usual slips as options."""
    x, scale = x.astype(float), 1 / scale if times else scale
    shift = sign * zero_point
    q = {
        "divide": lambda: rounding(x / scale) + shift,
        "add": lambda: rounding((x + shift) / scale),
        "round": lambda: np.trunc(rounding(x) / scale + shift),
        "limit": lambda: rounding(_saturated(x, bits) / scale) + shift,
    }[order]()
    return limit(q, bits)


STEPS_SLIPS = {
    "cut off instead of rounded: astype drops the decimals. Use np.rint.": {"rounding": np.trunc},
    "rounded down instead of to the nearest integer.": {"rounding": np.floor},
    "rounded up instead of to the nearest integer.": {"rounding": np.ceil},
    "rint rounds already; 0.5 is added besides.": {"rounding": lambda r: np.rint(r + 0.5)},
    "not rounded: these are no whole numbers. Use np.rint.": {"rounding": lambda r: r},
    "not rounded to whole numbers, but to one digit. Use np.rint.": {"rounding": lambda r: np.round(r, 1)},
    "the zero point is subtracted; here it is added.": {"sign": -1},
    "the zero point is missing.": {"sign": 0},
    "the zero point is added twice.": {"sign": 2},
    "multiplied by the scale; divide by it.": {"times": True},
    "the zero point is added before dividing; it counts steps, so add it after.": {"order": "add"},
    "rounded before dividing; divide first.": {"order": "round"},
    "x is clipped before it is divided by the scale. The limits are integers: clip q.": {"order": "limit"},
    "the limits of 8 bits were taken; use the argument bits.": {"limit": lambda q, bits: _saturated(q, 8)},
    "not saturated at the lowest and the highest integer.": {"limit": lambda q, bits: q},
    "the numbers wrap around: 128 becomes -128 in int8. Clip before astype.": {"limit": lambda q, bits: _wrapped(q)},
}


def _wrong_limits(q, bits: int) -> dict[str, np.ndarray]:
    """Integers that saturate at the wrong place, as floats and as int8 holds them."""
    half, power = 2 ** (bits - 1), 2 ^ (bits - 1)
    outside = q != _saturated(q, bits)
    found = {
        "the limits are 0 and 2^bits - 1; signed integers begin with -2^(bits - 1).": np.clip(q, 0, 2 * half - 1),
        "the highest integer is one less than 2^(bits - 1).": np.clip(q, -half, half),
        "the lowest integer is -2^(bits - 1), one lower than here.": np.clip(q, 1 - half, half - 1),
        "the lowest integer is -2^(bits - 1), one higher than here.": np.clip(q, -half - 1, half - 1),
        "^ is no power in Python; that is **.": np.clip(q, -power, power - 1),
        "the limits are those of one bit more: the power is bits - 1.": np.clip(q, -2 * half, 2 * half - 1),
        "lowest and highest are exchanged in np.clip.": np.full(q.shape, -half),
        "only the highest integer is a limit; the lowest is one, too.": np.minimum(q, half - 1),
        "only the lowest integer is a limit; the highest is one, too.": np.maximum(q, -half),
        "the numbers wrap around at the limits of so many bits; they saturate there.": _wrapped(q, bits),
        "the numbers wrap around before they are clipped. Clip before astype.": _saturated(_wrapped(q), bits),
        "what lies outside becomes 0; it becomes the nearest limit.": np.where(outside, 0, q),
    }
    in_int8 = {f"{message} (And int8 ends at 127: 128 wraps around.)": _wrapped(one) for message, one in found.items()}
    return (
        found | in_int8 | {"these are unsigned: int8 has negative integers, uint8 has none.": _saturated(q, bits) % 256}
    )


def _wrong_steps(x, scale: float, zero_point: int, bits: int) -> dict:
    """What mistakes give in place of the integers."""
    formula = functools.partial(_to_steps, x, scale, zero_point, bits)
    q, right = formula(limit=lambda q, bits: q), formula()
    outside = q != right
    mistakes = _wrong_limits(q, bits) | {
        "the zero point was added after clipping.": _saturated(q - zero_point, bits) + zero_point,
        "what lies outside becomes the zero point; it becomes the nearest limit.": np.where(outside, zero_point, q),
        "these are the dequantised numbers; return the integers.": scale * (right - zero_point),
        "x is clipped before it is divided by the scale. The limits are integers: clip q. (And 128 wraps around.)": formula(
            order="limit", limit=lambda q, bits: _wrapped(q)
        ),
    }
    return dict(check.slips(formula, STEPS_SLIPS)) | mistakes


def check_quantise(quantise, scale: float, zero_point: int, bits: int, shape: tuple[int, ...] = (40,)) -> None:
    """Integers of numbers inside and outside the range."""
    x = _spread(scale, zero_point, bits, shape)
    answer = check.call(quantise, x, scale, zero_point, bits)
    right = _to_steps(x, scale, zero_point, bits)
    known = functools.partial(_wrong_steps, x, scale, zero_point, bits)
    otherwise = lambda: check.behaviour(  # noqa: E731
        quantise, _to_steps, x=x, scale=scale, zero_point=zero_point, bits=bits
    )
    check.close(answer, right, "the integers", rtol=0, atol=1e-4, mistakes=known, otherwise=otherwise)
    _require_array(answer, "the integers", "int8")


def _require_array(value, name: str, kind: str) -> None:
    check.not_list(value, name)
    found = np.asarray(value).dtype
    check.require(found == kind, f"{name}: expected an array of {kind}, got {found}.")


def _to_reals(q, scale, zero_point, *, kind=np.asarray, sign=-1, turn=1, order="inside", divide=False):
    """The real numbers, with the usual slips as options."""
    steps, factor = kind(q.astype(int)), 1 / scale if divide else scale
    if order == "wraps":
        return turn * factor * _wrapped(steps + sign * zero_point)
    return turn * (factor * (steps + sign * zero_point) if order == "inside" else factor * steps + sign * zero_point)


REALS_SLIPS = {
    "the difference overflows: int8 minus an integer is int8 again. Convert q to float32 first.": {"order": "wraps"},
    "the zero point is added; on the way back it is subtracted.": {"sign": 1},
    "the zero point is missing.": {"sign": 0},
    "the zero point is subtracted after multiplying: it is scale * (q - zero_point).": {"order": "after"},
    "divided by the scale; multiply by it.": {"divide": True},
    "the sign is wrong: it is q - zero_point.": {"turn": -1},
    "q was read as uint8, so negative integers became large ones.": {"kind": lambda q: q % 256},
    "128 is added to q; int8 needs no shift.": {"kind": lambda q: q + 128},
    "absolute values were taken.": {"kind": np.abs},
}


def check_dequantise(dequantise, scale: float, zero_point: int) -> None:
    """Real numbers of all 256 integers."""
    q = np.arange(-128, 128).reshape(16, 16).astype("int8")
    answer = check.call(dequantise, q, scale, zero_point)
    right = _to_reals(q, scale, zero_point)
    alone = {
        "these are the integers, unchanged.": q.astype(float),
        "absolute values were taken of q - zero_point.": np.abs(right),
        "computed with 16 bits, which is too coarse: use float32.": (np.float16(scale) * (q - np.float16(zero_point))),
    }
    known = lambda: dict(check.slips(functools.partial(_to_reals, q, scale, zero_point), REALS_SLIPS)) | alone  # noqa: E731
    otherwise = lambda: check.behaviour(dequantise, _to_reals, q=q, scale=scale, zero_point=zero_point)  # noqa: E731
    check.close(answer, right, "the real numbers", rtol=1e-5, mistakes=known, otherwise=otherwise)
    _require_array(answer, "the real numbers", "float32")


def _range(
    values, bits, clip, *, ends=2.0, side="both", method="linear", zero="both", steps="right", first="right",
    offset="low", sign=1
):  # fmt: skip
    """Scale and zero point, with the usual slips as options."""
    values, share = values.astype(float), clip / ends
    shares = {
        "both": [share, 1 - share],
        "high": [0, 1 - clip],
        "low": [clip, 1],
        "percent": [share / 100, (1 - share) / 100],
    }[side]
    low, high = np.quantile(values, shares, method=method)
    if zero == "symmetric":
        high = max(-low, high)
        low = -high
    low = min(low, 0.0) if zero in ("both", "low") else low
    high = max(high, 0.0) if zero in ("both", "high") else high
    half = 2 ** (bits - 1)
    scale = (high - low) / {
        "right": 2**bits - 1, "integers": 2**bits, "half": half - 1, "half integers": half, "xor": 2 ^ (bits - 1),
    }[steps]  # fmt: skip
    start = {
        "right": -half, "zero": 0, "double": -2 * half, "next": 1 - half, "highest": half - 1, "xor": -(2 ^ (bits - 1)),
    }[first]  # fmt: skip
    shift = {"low": low / scale, "high": high / scale, "times": low * scale, "plain": low, "none": 0.0}[offset]
    return np.array([scale, start - sign * shift])  # the zero point is not rounded yet


RANGE_SLIPS = {
    "the whole share was left out at each end; it is half of it.": {"ends": 1.0},
    "nothing was left out: use the argument clip.": {"ends": np.inf},
    "nearly nothing was left out: np.percentile counts in per cent; np.quantile takes shares.": {"ends": 200.0},
    "the share was left out at the high end only; half of it belongs to each end.": {"side": "high"},
    "the share was left out at the low end only; half of it belongs to each end.": {"side": "low"},
    "values were taken as the ends; a quantile lies between two values, as np.quantile has it.": {"method": "nearest"},
    "the range must be widened to contain 0.": {"zero": "neither"},
    "high must be at least 0, too.": {"zero": "low"},
    "low must be at most 0, too.": {"zero": "high"},
    "the range was made symmetric; it goes from low to high.": {"zero": "symmetric"},
    "there are 2^bits - 1 steps between 2^bits integers.": {"steps": "integers"},
    "the steps were counted for half of the integers; there are 2^bits - 1.": {"steps": "half"},
    "^ is no power in Python; that is **.": {"steps": "xor", "first": "xor"},
    "low must become the lowest integer, -2^(bits - 1), not 0.": {"first": "zero"},
    "the lowest integer is -2^(bits - 1): one power less.": {"first": "double"},
    "the lowest integer is -2^(bits - 1), one lower.": {"first": "next"},
    "low must become the lowest integer, not the highest.": {"first": "highest"},
    "the sign of low / scale is wrong.": {"sign": -1},
    "high stands where low belongs: -2^(bits - 1) - low / scale.": {"offset": "high"},
    "low is divided by the scale, not multiplied: low / scale.": {"offset": "times"},
}


def _wrong_ranges(values, bits: int, clip: float) -> dict[str, np.ndarray]:
    """What mistakes give in place of scale and zero point, the latter not rounded."""
    formula = functools.partial(_range, values, bits, clip)
    scale, zero_point = formula()
    spread, middle = 3 * values.std(), values.mean()
    bounds = np.array([min(middle - spread, 0), max(middle + spread, 0), 0])
    ends = np.array([values.min() * (1 - clip), values.max() * (1 - clip), 0])
    largest = np.abs(values).max()
    alone = {
        "scale and zero point are exchanged.": np.array([np.rint(zero_point), np.nan]),
        "the bits are fixed at 8: use the argument bits.": _range(values, 8, clip),
        "scale: it is the range divided by the steps, not the steps by the range.": np.array([1 / scale, zero_point]),
        "low is not divided by the scale: low / scale.": formula(offset="plain"),
        "the zero point is no constant: low must become the lowest integer.": formula(first="zero", offset="none"),
        "the range was made symmetric, with zero point 0; it goes from low to high.": np.array(
            [2 * largest / (2**bits - 1), 0]
        ),
        "clip is a share of the values, not of the range.": np.array([np.ptp(ends) / (2**bits - 1), zero_point]),
        "the range was taken from mean and standard deviation; take quantiles.": np.array(
            [np.ptp(bounds) / (2**bits - 1), zero_point]
        ),
        "scale 1 is for an empty range. This one is not: it goes from min(low, 0) to max(high, 0), also for equal "
        "values.": np.array([1.0, 0.0]),
        "np.percentile counts in per cent, from 0 to 100; np.quantile takes shares.": formula(side="percent"),
    }
    return alone | dict(check.slips(formula, RANGE_SLIPS))


def check_calibrate(calibrate, n: int, middle: float, bits: int, clip: float) -> None:
    """Scale and zero point of n numbers around a middle."""
    rng = np.random.default_rng([n, bits])
    values = (middle + rng.normal(size=n) + 0.3 * rng.exponential(size=n)).astype("float32")
    values = values.reshape(-1, 5) if n % 5 == 0 else values
    scale, raw = _range(values, bits, clip)
    found = check.several(check.call(calibrate, values, bits, clip), "scale", "zero point")
    answer = [check.number(one, name) for one, name in zip(found, ("scale", "zero point"), strict=True)]
    known = functools.cache(functools.partial(_wrong_ranges, values, bits, clip))
    check.close(answer[:1], [scale], "the scale", rtol=1e-5, mistakes=lambda: {m: v[:1] for m, v in known().items()})

    def about_zero_point():
        whole = {
            "not rounded: the zero point is an integer.": raw,
            "cut off: int() drops the decimals. Round to the nearest integer.": np.trunc(raw),
            "rounded down; round to the nearest integer.": np.floor(raw),
            "rounded up; round to the nearest integer.": np.ceil(raw),
        }
        rounded = {m: np.rint(v[1]) for m, v in known().items()}
        return whole | rounded | {f"{m} (And it is not rounded.)": v[1] for m, v in known().items()}

    check.close(answer[1], np.rint(raw), "the zero point", rtol=0, atol=1e-9, mistakes=about_zero_point)


def check_calibrate_zeros(calibrate) -> None:
    """Empty ranges: of zeros, and of values of which clipping leaves zeros."""
    advice = "the range is empty, and dividing by it fails. Return scale 1 and zero point 0 then."
    few = np.zeros((5, 4), "float32")
    few[[0, 3], [1, 2]] = 2.0, -3.0
    cases = {
        f"All values are 0: {advice}": (np.zeros((3, 4), "float32"), 0.0),
        "All values but two are 0, and these two are clipped. Look at low and high, not at the values: " + advice: (
            few,
            0.5,
        ),
    }
    for message, (values, clip) in cases.items():
        try:
            found = check.call(calibrate, values, 8, clip)
        except check.CheckError as error:
            raise check.CheckError(message) from error
        found = check.several(found, "scale", "zero point")
        numbers = [np.asarray(one, dtype=float) for one in found]
        check.require(all(np.isfinite(one).all() for one in numbers), message)
        check.require([float(one) for one in numbers] == [1.0, 0.0], message)


def _cut(flat: np.ndarray, kernels: list[np.ndarray]) -> list[np.ndarray]:
    """A row of weights in the shapes of the kernels."""
    ends = np.cumsum([k.size for k in kernels])[:-1]
    return [part.reshape(k.shape) for part, k in zip(np.split(flat, ends), kernels, strict=True)]


def _prune_slips(kernels: list[np.ndarray], share: float, count: int) -> dict[str, list[np.ndarray]]:
    """What usual mistakes leave of the kernels."""
    flat = np.concatenate([k.ravel() for k in kernels])

    def without(places):
        keep = flat.copy()
        keep[places] = 0
        return _cut(keep, kernels)

    def smallest(values, n=count):
        return np.argsort(values, kind="stable")[:n]

    def in_rows(kernel):
        rows = kernel.reshape(-1, kernel.shape[-1]).copy()
        for row in rows:
            row[smallest(np.abs(row), round(share * row.size))] = 0
        return rows.reshape(kernel.shape)

    each = []
    for kernel in kernels:
        part = kernel.ravel().copy()
        part[smallest(np.abs(part), round(share * part.size))] = 0
        each.append(part.reshape(kernel.shape))
    order = smallest(np.abs(flat), len(flat))
    own = np.concatenate([(np.abs(k) / k.std() if k.std() else k).ravel() for k in kernels])
    masks = _cut(1.0 * ~np.isin(np.arange(len(flat)), order[:count]), kernels)
    return {
        "the largest weights were removed; remove the smallest.": without(order[len(flat) - count :]),
        "the most negative weights were removed: rank by magnitude, without the sign.": without(smallest(flat)),
        "each kernel was pruned by itself; rank all weights together.": each,
        "each row was pruned by itself; rank all weights together.": [in_rows(k) for k in kernels],
        "the first weights were removed, not the smallest: rank by magnitude.": without(np.arange(count)),
        "argsort gives the places of the smallest; its own argsort gives ranks, which are no places.": without(
            np.argsort(order)[:count]
        ),
        "the magnitudes were divided by the spread of their kernel; rank them as they are.": without(smallest(own)),
        "the distance from the mean was ranked; rank the magnitudes.": without(
            smallest(np.concatenate([np.abs(k - k.mean()).ravel() for k in kernels]))
        ),
        "these are magnitudes: the weights that are kept keep their sign.": [np.abs(k) for k in without(order[:count])],
        "these are masks of ones and zeros; multiply the kernels by them.": masks,
        "the mask was reshaped in another order than the kernels were made flat.": [
            k * m.ravel().reshape(k.shape, order="F") for k, m in zip(kernels, masks, strict=True)
        ],
    }


def _require_arrays(answer, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """One array for each kernel, in a list."""
    check.require(answer is not None, "Nothing was returned. Is the `return` missing?")
    listed = isinstance(answer, list | tuple) and len(answer) == len(shapes)
    check.require(listed, f"Expected a list of {len(shapes)} arrays, one for each kernel.")
    for k, one in enumerate(answer):
        check.require(not isinstance(one, list | tuple), f"kernel {k}: a list was returned; expected an array.")
    return [check.array(a, f"kernel {k}", shape=s) for k, (a, s) in enumerate(zip(answer, shapes, strict=True))]


def check_prune(prune, shapes: list[tuple[int, ...]], share: float, equal: bool = False) -> None:
    """Are just so many weights removed, and the smallest of all?"""
    rng = np.random.default_rng([len(shapes), int(100 * share)])
    kernels = [((1 + 2 * k) * (rng.normal(size=s) + 0.2) + 0.01).astype("float32") for k, s in enumerate(shapes)]
    if equal:  # magnitudes 1, 2 and 3 only
        kernels = [(np.clip(np.ceil(np.abs(k)), 1, 3) * np.sign(k)).astype("float32") for k in kernels]
    total = sum(k.size for k in kernels)
    count = round(share * total)
    found = _require_arrays(check.call(prune, kernels, share), shapes)
    flat, left = (np.concatenate([k.ravel() for k in some]) for some in (kernels, found))
    removed = left == 0
    ranks = np.argsort(np.argsort(np.abs(flat)))
    if 0 < count < total and 2 * count != total:
        message = "The share that was kept and the share that was removed are exchanged."
        check.require(not np.array_equal(left, np.where(ranks < total - count, 0, flat)), message)
    if not equal and not np.array_equal(left, np.where(ranks < removed.sum(), 0, flat)):  # not just another number
        for message, wrong in _prune_slips(kernels, share, count).items():
            check.require(not np.array_equal(left, np.concatenate([k.ravel() for k in wrong])), message)
    check.require(
        np.array_equal(left[~removed], flat[~removed]),
        "Weights that are kept must stay as they are, in their place and with their sign.",
    )
    more = " Equal weights were all removed, or all kept: count them." if equal else ""
    if count == 0 and removed.all():
        more = " Is an index count - 1 used? With nothing to remove it is -1, the last and largest."
    check.require(
        removed.sum() == count,
        f"{removed.sum()} of {total} weights are zero, expected round({share:g} * {total}) = {count}.{more}",
    )
    if 0 < count < total:
        worst, best = np.abs(flat[removed]).max(), np.abs(flat[~removed]).min()
        check.require(
            worst <= best,
            f"A weight of magnitude {worst:.3g} was removed, and one of {best:.3g} kept. Are the mask's parts of the "
            "right weights?",
        )
