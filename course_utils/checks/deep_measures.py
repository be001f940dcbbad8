"""Checks of lesson 13, deep autoencoders: the fair comparison and who earned the gain."""

from functools import partial

import numpy as np

from course_utils import check

CENTRES = {
    "mean": np.mean,
    "best": np.min,
    "worst": np.max,
    "first": lambda e: e[0],
    "last": lambda e: e[-1],
    "median": np.median,
    "sum": np.sum,
    "geometric": lambda e: np.exp(np.log(e).mean()),
    "harmonic": lambda e: 1 / np.mean(1 / np.asarray(e)),
}


def _squares(f, x):
    return float(((f(x) - x) ** 2).mean())


MEASURES = {
    "mse": _squares,
    "mae": lambda f, x: np.abs(f(x) - x).mean(),
    "rmse": lambda f, x: np.sqrt(_squares(f, x)),
    "sum": lambda f, x: ((f(x) - x) ** 2).sum(),
    "raw": lambda f, x: (f(x) - x).mean(),
    "square of mean": lambda f, x: (f(x) - x).mean() ** 2,
    "distance": lambda f, x: np.linalg.norm(f(x) - x, axis=1).mean(),
}
MEAN_MISTAKES = {
    "both errors were measured on the training points.": {"on": "seen", "base": "seen"},
    "the networks were measured on their training points.": {"on": "seen"},
    "the baseline was measured on its training points.": {"base": "seen"},
    "measured on training and unseen points together.": {"on": "both", "base": "both"},
    "upside down; divide the network's error by the baseline's.": {"flip": True},
    "this is the share that is removed; the share that is left is asked.": {"removed": True},
    "computed from absolute errors; square them.": {"kind": "mae"},
    "this is the ratio of root mean squared errors.": {"kind": "rmse"},
    "the differences were not squared.": {"kind": "raw"},
    "the mean was squared; square each difference, then take the mean.": {"kind": "square of mean"},
    "this is the ratio of mean distances; take the mean of the squares.": {"kind": "distance"},
    "this is only the best of the seeds.": {"how": "best"},
    "this is only the worst of the seeds.": {"how": "worst"},
    "this is only the first of the seeds.": {"how": "first"},
    "this is only the last of the seeds. Is the list begun anew in the loop?": {"how": "last"},
    "this is the median of the seeds; the mean is asked.": {"how": "median"},
    "the ratios are summed; take their mean.": {"how": "sum"},
    "this is an error, not yet divided by the baseline's.": {"divide": False},
    "sums of squares were divided, of different numbers of points.": {"kind": "sum", "on": "seen"},
    "sums of squares were divided, of different numbers of points (baseline).": {"kind": "sum", "base": "seen"},
}


def check_held_out_ratio(ratio, networks, baseline, seen, unseen) -> None:
    """Hold mean and spread of the ratios against a direct computation.

    Args:
        ratio: the learner's function.
        networks, baseline: functions of points (n, d), give their reconstructions.
        seen, unseen: points of the training, and others.
    """
    points = {"unseen": unseen, "seen": seen, "both": np.concatenate([seen, unseen])}

    def ratios(on="unseen", base="unseen", kind="mse", flip=False, divide=True):
        below = MEASURES[kind](baseline, points[base]) if divide else 1.0
        values = np.array([MEASURES[kind](f, points[on]) for f in networks]) / below
        return 1 / values if flip else values

    def centre(how="mean", removed=False, **slips):
        value = CENTRES[how](ratios(**slips))
        return 1 - value if removed else value

    mean, spread = check.several(
        check.call(ratio, networks, baseline, seen, unseen), "the mean", "the standard deviation"
    )
    mistakes = _more_means(networks, baseline, seen, unseen, ratios) | check.slips(centre, MEAN_MISTAKES)

    def small(place):
        return check.first_wrong(lambda *given: check.several(ratio(*given), "", "")[place], _few_networks(place))

    check.close(mean, centre(), "the mean ratio", mistakes=mistakes, otherwise=partial(small, 0))
    each_point = np.array([((f(unseen) - unseen) ** 2).mean(axis=1) for f in networks]) / _squares(baseline, unseen)
    mistakes = _spread_mistakes(ratios)
    mistakes["this is the spread over the points, too; the spread of the seeds is asked."] = each_point.std(ddof=1)
    mistakes["this is the spread over the points, divided by n; the spread of the seeds is asked."] = each_point.std()
    mistakes["these are the ratios; return their standard deviation."] = ratios()
    mistakes["this is the mean once more."] = centre()
    mistakes["a single number has the standard deviation 0; take that of all ratios."] = 0.0
    check.close(spread, ratios().std(ddof=1), "the standard deviation", mistakes=mistakes, otherwise=partial(small, 1))


def _few_networks(place: int):
    """Small cases of the mean (place 0) or the standard deviation (1): networks that add or multiply by a number."""
    does = {"add": lambda k: lambda x: x + k, "multiply by": lambda k: lambda x: k * x}
    cases = (
        ("add", (1, 3), 2, [[1], [3]], [[1], [3]], (1 / 4, 9 / 4)),
        ("add", (1, 1, 4), 2, [[1], [3]], [[1], [3]], (1 / 4, 1 / 4, 4)),
        ("add", (1, 1, 4, 6), 2, [[1], [3]], [[5]], (1 / 4, 1 / 4, 4, 9)),
        ("multiply by", (0.5, 0), 2, [[1], [1]], [[1], [3]], (1 / 4, 1)),
        ("multiply by", (0.5, 0), 3, [[1, 1], [1, 1]], [[1, 3], [1, -1]], (1 / 16, 1 / 4)),
    )
    for verb, numbers, of_baseline, seen, unseen, ratios in cases:
        networks = [does[verb](k) for k in numbers]
        told = f"networks that {verb} {numbers}, the baseline {of_baseline}, x_train {seen}, x_test {unseen}"
        given = networks, does[verb](of_baseline), np.array(seen, dtype=float), np.array(unseen, dtype=float)
        name, right = (("mean", np.mean(ratios)), ("standard deviation", np.std(ratios, ddof=1)))[place]
        yield told, given, right, f"{name} of {check.in_digits(ratios)}"


def _more_means(networks, baseline, seen, unseen, ratios) -> dict:
    """Mistakes in the mean that are no options of the formula, by functions that compute what they give."""
    base = ((baseline(unseen) - unseen) ** 2).mean()
    averaged = np.mean([f(unseen) for f in networks], axis=0)
    copied = np.mean([np.mean((f(unseen) - baseline(unseen)) ** 2) for f in networks])
    divided = np.mean([_squares(f, unseen) / _squares(f, seen) for f in networks])

    def single(axis):
        below = ((baseline(unseen) - unseen) ** 2).mean(axis=axis)
        return np.mean([((f(unseen) - unseen) ** 2).mean(axis=axis) / below for f in networks])

    def some(which: slice):
        return np.mean(ratios()[which])

    mean, powers = ratios().mean(), [np.mean(f(unseen) ** 2) for f in networks]
    versus = "the networks are compared with the baseline's copies; compare both with the points."
    return {
        "these are all ratios; return their mean.": ratios(),
        "the variance of a network's differences was taken; take the mean of their squares.": np.mean(
            [np.var(f(unseen) - unseen) / base for f in networks]
        ),
        "the first network is left out.": some(slice(1, None)),
        **{f"only {k} of {len(networks)} networks count.": some(slice(k)) for k in range(2, len(networks))},
        "the points were not subtracted from the copies.": np.mean(powers) / np.mean(baseline(unseen) ** 2),
        "the points were not subtracted from the baseline's copies.": mean * base / np.mean(baseline(unseen) ** 2),
        "one error was divided by the number of points, the other by that of all numbers.": mean / unseen.shape[1],
        "one error was divided by the number of all numbers, the other by that of points.": mean * unseen.shape[1],
        "this is the standard deviation; return the mean first.": ratios().std(ddof=1),
        "this is the standard deviation; return the mean first, and divide by n - 1.": ratios().std(),
        "this is the mean of one ratio for each point; average the errors first.": single(1),
        "this is the mean of one ratio for each column; average the errors first.": single(0),
        "this is the mean of one ratio for each number; average the errors first.": single(()),
        "the reconstructions were averaged before measuring; measure each network.": np.mean((averaged - unseen) ** 2)
        / base,
        versus: copied / base,
        f"{versus} And divide.": copied,
        "unseen is divided by training; divide the network's error by the baseline's, both on unseen points.": divided,
        "the errors on training points do not belong here.": divided * _squares(baseline, seen) / base,
        "this is the difference of the errors; divide them.": mean * base - base,
        "this is the difference of the errors; divide them, the network's by the baseline's.": base - mean * base,
        "the sum was divided by n - 1; that is for the standard deviation.": ratios().sum() / (len(networks) - 1),
        "this is the geometric mean; the arithmetic one is asked.": CENTRES["geometric"](ratios()),
        "this is the harmonic mean; take the mean of the ratios themselves.": CENTRES["harmonic"](ratios()),
        "this is divided by the variance of the points; divide by the baseline's error.": mean * base / np.var(unseen),
        "the ratios on training and on unseen points were averaged.": mean / 2 + ratios("seen", "seen").mean() / 2,
    }


def _spread_mistakes(ratios):
    def spread(how="std", ddof=1, **slips):
        values = ratios(**slips)
        std, var = values.std(ddof=ddof), values.var(ddof=ddof)
        return {
            "std": std,
            "var": var,
            "range": np.ptp(values),
            "half": np.ptp(values) / 2,
            "quarters": np.subtract(*np.quantile(values, [0.75, 0.25])),
            "above": values.max() - values.mean(),
            "error": std / np.sqrt(len(values)),
            "times": std * np.sqrt(len(values)),
            "share": std / (len(values) - 1),
            "interval": 1.96 * std / np.sqrt(len(values)),
            "relative": std / values.mean(),
            "absolute": np.abs(values - values.mean()).mean(),
        }[how]

    return check.slips(
        spread,
        {
            "divided by n; divide by n - 1 (see ddof).": {"ddof": 0},
            "divided by n - 2; divide by n - 1.": {"ddof": 2},
            "divided by n + 1; divide by n - 1 (ddof=1).": {"ddof": -1},
            "this is the variance; take its root.": {"how": "var"},
            "this is the standard error of the mean; the spread of the seeds is asked.": {"how": "error"},
            "this is the width of a confidence interval; the standard deviation is asked.": {"how": "interval"},
            "this is the spread of the errors, not of the ratios.": {"divide": False},
            "this is the range from lowest to highest.": {"how": "range"},
            "this is half the range from lowest to highest.": {"how": "half"},
            "this is the range of the middle half of the ratios.": {"how": "quarters"},
            "this is the distance from the mean to the highest ratio.": {"how": "above"},
            "the root of the mean square is the standard deviation; multiply by no root of n.": {"how": "times"},
            "a standard deviation is not divided by n - 1 again.": {"how": "share"},
            "this is divided by the mean.": {"how": "relative"},
            "this is the mean absolute deviation.": {"how": "absolute"},
            "this is the spread on the training points.": {"on": "seen", "base": "seen"},
            "this is the spread of ratios to the baseline's error on training points.": {"base": "seen"},
            "this is the spread of ratios that are upside down.": {"flip": True},
        },
    )


def check_linear_networks(ratio, n: int, d: int) -> None:
    """:func:`check_held_out_ratio` for n networks, each a scale and a shift, on points of d numbers."""
    rng = np.random.default_rng([n, d])
    seen, unseen = rng.normal(size=(31, d)) ** 2, 1.5 * rng.normal(size=(20, d)) + 0.3
    scales, shifts = rng.uniform(0.3, 0.95, n), rng.normal(size=n)

    def network(scale, shift):
        return lambda x: scale * x + shift

    networks = [network(*pair) for pair in zip(scales, shifts, strict=True)]
    networks.sort(key=lambda f: -_squares(f, unseen))
    if n > 2:  # neither the best, nor the worst, nor the middle one comes first
        networks = [networks[1], networks[-1], networks[0], *networks[2:-1]]
    check_held_out_ratio(ratio, networks, lambda x: 0.5 * x + 0.6, seen, unseen)


_WORSE = "a step that makes things worse has a negative share."
GAIN_MISTAKES = {
    "the sign is wrong: a step that lowers the error has a positive share here.": {"sign": -1.0},
    "divided by the baseline's error; divide by the whole gain.": {"by": "baseline"},
    "each step was divided by the error before it; divide by the whole gain.": {"by": "before"},
    "each step was divided by the error after it; divide by the whole gain.": {"by": "after"},
    "divided by the last error; divide by the whole gain.": {"by": "last"},
    "these are gains, not yet divided by the whole gain.": {"by": "one"},
    "divided by the distance to the lowest error; divide by that to the last one.": {"by": "lowest"},
    "divided by the range of all errors; divide by the first minus the last one.": {"by": "range"},
    "divided by the number of steps; divide by the whole gain.": {"by": "number"},
    "these are the shares of all steps up to each one; take the steps one by one.": {"cumulative": True},
    "the order is wrong: the first step comes first.": {"back": True},
    "the first step is missing, from the baseline to the first model.": {"skip": True},
    "these are per cent; return shares that sum to 1.": {"scale": 100.0},
    "the best seed was taken; take the mean over the seeds.": {"how": "best"},
    "the worst seed was taken; take the mean over the seeds.": {"how": "worst"},
    "the first seed was taken; take the mean over the seeds.": {"how": "first"},
    "the last seed was taken; take the mean over the seeds.": {"how": "last"},
    "the median over the seeds was taken; take the mean.": {"how": "median"},
    "the errors of the seeds were summed; take their mean.": {"how": "sum"},
    "the errors' roots were compared; compare the errors.": {"scaled": np.sqrt},
}


def check_gain_shares(shares, baseline_error: float, ladder) -> None:
    """Hold the shares against a computation step by step.

    ``shares`` is the learner's function, ``ladder`` holds the errors of each model, one for each seed.
    """
    steps = [np.asarray(errors, dtype=float) for errors in ladder]

    def formula(
        how="mean", sign=1.0, by="total", scale=1.0, cumulative=False, back=False, skip=False, scaled=np.asarray
    ):
        levels = scaled([baseline_error, *(CENTRES[how](errors) for errors in steps)])
        found = [levels[k] - levels[k + 1] for k in range(len(steps))]
        if cumulative:
            found = [sum(found[: k + 1]) for k in range(len(found))]
        totals = {
            "total": levels[0] - levels[-1],
            "baseline": levels[0],
            "before": levels[:-1],
            "after": levels[1:],
            "last": levels[-1],
            "lowest": levels[0] - levels.min(),
            "range": np.ptp(levels),
            "number": len(steps),
            "one": 1.0,
        }
        found = sign * scale * np.array(found) / totals[by]
        return found[::-1] if back else found[1:] if skip else found

    answer = check.call(shares, baseline_error, [e.copy() for e in steps])
    mistakes = _more_shares(baseline_error, steps) | check.slips(formula, GAIN_MISTAKES)
    axes = 1 if isinstance(answer, list | tuple) else getattr(answer, "ndim", 0)
    found = {0: "this is one number", 1: f"there are {len(answer) if axes else 1}"}.get(axes, "")
    fits = axes > 1 or axes == 1 and len(answer) == len(steps)
    many = f"{found}; each step has one, from the baseline to the first model, and so on."
    check.close(
        answer,
        formula(),
        f"the shares of {len(steps)} steps",
        mistakes=mistakes,
        otherwise=lambda: check.first_wrong(shares, _few_ladders()) if fits else many,
    )


def _few_ladders():
    """Small ladders, each with one thing more that matters."""
    cases = (
        (8.0, [[6.0]], [2]),
        (8.0, [[6.0], [4.0]], [2, 2]),
        (8.0, [[7.0], [4.0]], [1, 3]),
        (8.5, [[7.0], [4.5]], [1.5, 2.5]),
        (0.8, [[0.7], [0.4]], [0.1, 0.3]),
        (8.0, [[7.0], [3.0], [4.0]], [1, 4, -1]),
        (8.0, [[9.0], [4.0]], [-1, 5]),
        (4.0, [[7.0], [8.0]], [-3, -1]),
        (8.0, [[6.0, 8.0], [4.0, 4.0]], [1, 3]),
        (8.0, [[6.0, 6.5, 8.5], [3.0, 3.5, 5.5]], [1, 3]),
        (8.0, [[6.0, 8.0], [3.0, 3.5, 5.5]], [1, 3]),
        (8.0, [[6.0, 6.5, 8.5], [4.0]], [1, 3]),
    )
    for baseline, ladder, gains in cases:
        whole = sum(gains)
        told = f"baseline_error {baseline:g}, ladder {ladder}"
        given = baseline, [np.array(errors) for errors in ladder]
        yield told, given, np.array(gains) / whole, f"{check.in_digits(gains)} / {whole:.4g}"


def _more_shares(baseline_error: float, steps: list) -> dict:
    """Mistakes that are no options of the formula."""
    levels = np.array([baseline_error, *(e.mean() for e in steps)])
    with np.errstate(all="ignore"):
        return _other_levels(levels, steps) | _other_totals(levels, steps) | _other_gains(levels)


def _other_levels(levels: np.ndarray, steps: list) -> dict:
    """Shares of other errors, or of errors in another order."""
    sums = np.array([e.sum() for e in steps])
    first_seeds = list(map(np.mean, zip(*steps, strict=False)))

    def shares(others, start=(levels[0],)):
        found = np.array([*start, *others])
        return -np.diff(found) / (found[0] - found[-1])

    return {
        "every seed was taken for a step; average over the seeds first.": shares(np.concatenate(steps)),
        "one number for each seed; average over the seeds of each model.": shares(first_seeds),
        "the baseline comes first, before all models.": shares(np.roll(levels, -1), ()),
        "the models were sorted by their errors; keep their order.": shares(np.sort(levels)[::-1], ()),
        "the baseline is left out; the first step leads from it to the first model.": shares(levels[1:], ()),
        "the logarithms were compared; compare the errors.": shares(np.log(levels), ()),
        "the geometric mean over the seeds was taken; take the arithmetic one.": shares(
            [CENTRES["geometric"](e) for e in steps]
        ),
        "the sums of the seeds were divided by the number of models, not of seeds.": shares(sums / len(steps)),
        "the sums were divided by the number of the first model's seeds.": shares(sums / len(steps[0])),
        "these are errors divided by the baseline's; take differences.": levels[1:] / levels[0],
        "these are errors divided by those before; take differences.": levels[1:] / levels[:-1],
        "these are errors divided by their sum; take differences.": levels[1:] / levels[1:].sum(),
        "these are errors divided by the sum with the baseline's; take differences.": levels / levels.sum(),
    }


def _other_totals(levels: np.ndarray, steps: list) -> dict:
    """Gains divided by something else."""
    gains, first, last = -np.diff(levels), levels[0], levels[-1]
    totals = {
        "the gain after the first model": levels[1] - last,
        "the largest gain": gains.max(),
        "the mean gain": gains.mean(),
        "the mean error": levels.mean(),
        "the first error minus the sum of the others": first - levels[1:].sum(),
        "the gain up to the last model but one": first - levels[-2],
        "the highest error minus the last one": levels.max() - last,
        "the first error minus that of one seed of the last model": first - steps[-1][-1],
    }
    found = {"divided by the magnitude of the whole gain; keep its sign.": gains / abs(first - last)}
    found |= {f"divided by {name}; divide by the whole gain.": gains / total for name, total in totals.items()}
    by_seeds = gains * [len(e) for e in steps]
    return found | {
        f"divided by the sum of the magnitudes; {_WORSE}": gains / np.abs(gains).sum(),
        "brackets are missing around the denominator.": gains / first - last,
        "the gains were weighted by the numbers of seeds; take each model's mean alone.": by_seeds / by_seeds.sum(),
        "rounded down to whole numbers: / divides, // does this.": gains // (first - last),
        "whole numbers only: is the array one of integers?": np.trunc(gains / (first - last)),
    }


def _other_gains(levels: np.ndarray) -> dict:
    """Other differences."""
    gains, whole, size = -np.diff(levels), levels[0] - levels[-1], np.abs(np.diff(levels))
    up, round_about = np.maximum(gains, 0), np.roll(levels, 1) - levels
    left, reached = (levels - levels[-1]) / whole, levels[0] - levels[1:]
    return {
        f"the absolute values were taken; {_WORSE}": size / whole,
        f"the absolute values were taken, and divided by their sum; {_WORSE}": size / size.sum(),
        f"negative gains were set to 0; {_WORSE}": up / whole,
        f"negative gains were set to 0 before dividing; {_WORSE}": up / up.sum(),
        "the first step begins at the baseline's error, not at the last model's.": (
            (np.roll(levels[1:], 1) - levels[1:]) / whole
        ),
        "the last error minus the first one is no step.": round_about / whole,
        "the last error minus the first one is no step, and the last step is missing.": round_about[:-1] / whole,
        "the first step begins at the baseline's error, not at 0.": -np.diff(levels[1:], prepend=0) / whole,
        "the baseline's error stands at the end; it belongs at the beginning.": (
            -np.diff(levels[1:], append=levels[0]) / whole
        ),
        "the gains were squared.": gains**2 / np.sum(gains**2),
        "the share was taken from 1.": 1 - gains / whole,
        "this is what is left to gain after each step; the gain of each step is asked.": left[1:],
        "this is what is left to gain before each step; the gain of each step is asked.": left[:-1],
        "each model was compared with the baseline; compare it with the one before.": reached / reached.sum(),
        "the last step is missing.": (gains / whole)[:-1],
        "the baseline has no share of its own; there is one for each step.": np.array([0, *(gains / whole)]),
    }
