"""Checks of lesson 51, Diffusion: the walk of the sampler, and guidance."""

import numpy as np

from course_utils import check
from course_utils.checks.diffusion_steps import arrays, with_case


def _denoise(x, t):
    """A lopsided stand-in for the denoiser."""
    return 0.3 * np.asarray(x) + 0.01 * float(t) + 0.2


def _step(x, clean, alpha_bar, alpha_bar_new):
    """A lopsided stand-in for a step."""
    a, b = float(alpha_bar), float(alpha_bar_new)
    return 0.6 * np.asarray(x) + 0.5 * a * np.asarray(clean) + 0.1 * b + 0.03 * a


def _journey(
    start, times, alpha_bars, to="old", table="times", from_="last", estimate="last", keep="all", swap=False, off=0,
    order=1, at=None,
):  # fmt: skip
    """The pictures at all times, with usual slips as options."""
    states, estimates = [start], []
    path = times[::order]
    for t, new in zip(path[:-1], path[1:], strict=True):
        x, time = states[-1], {"old": t, "new": new, "bar": alpha_bars[t]}[to]
        clean = _denoise(start if estimate == "start" else x, time)
        clean = {"last": clean, "start": clean, "none": x, "twice": _denoise(clean, time)}[estimate]
        estimates.append(clean)
        a, b = {"times": (t, new), "steps": (t, max(t - 1, 0)), "old": (t, t), "new": (new, new)}[table]
        a, b = (b, a) if swap else (a, b)
        pair = (a, b) if at == "times" else (alpha_bars[a + off], alpha_bars[b + off])
        pair = (alpha_bars[::-1][a], alpha_bars[::-1][b]) if at == "reversed" else pair
        x = start if from_ == "start" else x
        x, clean = (clean, x) if from_ == "exchanged" else (x, clean)
        states.append(clean if from_ == "jump" else _step(x, clean, *pair))
    kept = {
        "all": states, "later": states[1:], "not last": states[:-1], "last": states[-1], "[last]": states[-1:],
        "backwards": states[::-1], "estimates": [start, *estimates], "only estimates": estimates,
        "one": [states[-1]] * len(states), "clean end": [*states[:-1], estimates[-1]],
    }  # fmt: skip
    return np.array(kept[keep])


SAMPLE_SLIPS = {
    "the estimate is made at the new time; x is still at the old one.": {"to": "new"},
    "`denoise` got alpha-bars; it wants the time.": {"to": "bar"},
    "alpha_bar and alpha_bar_new are exchanged.": {"swap": True},
    "the new alpha-bar is that of t - 1; take that of the next time in `times`.": {"table": "steps"},
    "both alpha-bars are those of the old time.": {"table": "old"},
    "both alpha-bars are those of the new time.": {"table": "new"},
    "every step begins at `start`; go on from the last result.": {"from_": "start"},
    "x and the estimate are exchanged in the call of `step`.": {"from_": "exchanged"},
    "you jump to the estimate; call `step` with it.": {"from_": "jump"},
    "all estimates are of `start`; make each of the last pictures.": {"estimate": "start"},
    "`step` got x for the estimate; call `denoise` first.": {"estimate": "none"},
    "the estimate went through `denoise` once more; once is enough.": {"estimate": "twice"},
    "the alpha-bars are those one step later.": {"off": 1},
    "the step got the times; it wants their alpha-bars.": {"at": "times"},
    "the times were walked backwards, from the last to the first.": {"order": -1},
    "the table of the alpha-bars was turned round.": {"at": "reversed"},
}
KEPT = {
    "the start is missing; it is the first entry.": "later",
    "the last step is missing.": "not last",
    "these are the last pictures alone; return the pictures at each time.": "last",
    "these are the last pictures alone, in a list; return the pictures at each time.": "[last]",
    "the list begins with the last pictures; `start` comes first.": "backwards",
    "the estimates were collected; collect what `step` gives.": "estimates",
    "the estimates were collected, without the start; collect what `step` gives.": "only estimates",
    "all entries are the last pictures: one array was written over. Give each step a new one.": "one",
    "the last entry is an estimate; the last step is made by `step`, too.": "clean end",
}


def check_sample(sample, times: list[int], shape: tuple[int, ...]) -> None:
    """Hold the walk against one of our own, with lopsided stand-ins for denoiser and step."""
    start = 4 * arrays(shape, 1)[0]  # so large that a clip shows
    alpha_bars = 1 / (1.0 + np.arange(max(times) + 2)) ** 0.5  # each time has its own
    asked, taken = [], []

    def denoise(x=None, t=None, *more):
        check.require(
            x is not None and t is not None and not more, "`denoise` takes two arguments: pictures and their time."
        )
        check.require(np.shape(t) == (), "`denoise` wants one number for the time of all pictures.")
        asked.append((np.array(x, dtype=float), float(t)))
        return _denoise(x, t)

    def step(x, clean, alpha_bar, alpha_bar_new, *more):
        check.require(not more, "`step` takes four arguments: x, clean, alpha_bar, alpha_bar_new.")
        taken.append((*(np.array(one, dtype=float) for one in (x, clean)), float(alpha_bar), float(alpha_bar_new)))
        return _step(x, clean, alpha_bar, alpha_bar_new)

    answer = check.call(sample, denoise, step, start, times, alpha_bars)
    check.require(answer is not None, "The sampler returns nothing. Is the `return` missing?")
    check.require(
        isinstance(answer, list | tuple | np.ndarray),
        f"The sampler returns {type(answer).__name__}, expected a list of the pictures at each time.",
    )
    given = {"start": start, "times": times, "alpha_bars": alpha_bars}
    right, name = _journey(**given), f"the pictures at {len(times)} times"
    entries = [check.array(one, f"entry {k} of the list") for k, one in enumerate(answer)]
    sizes = {one.shape for one in entries}
    check.require(len(sizes) <= 1, f"{name}: they have different shapes, {sorted(sizes)[:3]}.")
    found = np.array(entries)

    def mistakes():
        known = {words: _journey(**given, keep=keep) for words, keep in KEPT.items()}
        known["the times are the last axis; they are the first."] = np.moveaxis(right, 0, -1)
        known |= check.slips(_journey, SAMPLE_SLIPS, **given)
        return known | {next(_astray(asked, taken, right, times, alpha_bars)): found}

    check.close(found, right, name, mistakes=mistakes)
    again = check.call(sample, denoise, step, start, np.array(times), alpha_bars)
    check.close(again[-1], right[-1], "a second call, with the times in an array")


def _astray(asked: list, taken: list, right, times, alpha_bars):
    """What is wrong with the calls of the denoiser and the step: the first that differs."""
    want = len(times) - 1
    for k, (x, t) in enumerate(asked[:want]):
        if t != times[k]:
            yield f"estimate {k + 1} is made for time {t:g}; the pictures are at time {times[k]}."
        if not _same(x, right[k]):
            yield f"estimate {k + 1} is made of other pictures than {f'step {k} gave' if k else '`start`'}."
        if k < len(taken):
            yield from _astray_step(k, *taken[k], right, times, alpha_bars)
    for name, calls in (("denoise", asked), ("step", taken)):
        if len(calls) != want:
            count = "once" if len(calls) == 1 else f"{len(calls)} times"
            yield f"`{name}` was called {count}, expected {want}: one call for each step."
    yield "the calls are in order, but the list does not hold `start` and then what each step gave."


def _astray_step(k: int, x, clean, bar: float, bar_new: float, right, times, alpha_bars):
    at = {round(float(one), 9): t for t, one in enumerate(alpha_bars)}
    hops = [at.get(round(one, 9)) for one in (bar, bar_new)]
    path = [int(one) for one in times[k : k + 2]]
    if None in hops:
        yield f"step {k + 1} got {bar:.4g} and {bar_new:.4g}; look both up in `alpha_bars`, as they are."
    if hops != path:
        yield f"step {k + 1} goes from time {path[0]} to {path[1]}, but got the alpha-bars of {hops[0]} and {hops[1]}."
    if not _same(x, right[k]):
        yield f"step {k + 1} got other pictures than those at time {path[0]}."
    if _same(clean, _denoise(x, path[0]).clip(-1, 1)) and not _same(clean, _denoise(x, path[0])):
        yield "the estimates were clipped to -1 to 1; give `step` what `denoise` gave."
    if not _same(clean, _denoise(x, path[0])):
        yield f"step {k + 1} got other estimates than `denoise` gave."


def _same(first, second) -> bool:
    return np.shape(first) == np.shape(second) and np.allclose(first, second)


def _answers(x, t, labels):
    """A lopsided stand-in for a denoiser that looks at labels."""
    some = labels.reshape(-1, *(1,) * (x.ndim - 1))
    return 0.4 * x + 0.05 * float(t) + np.sin(1.3 * some + 0.5) * (1 + 0.2 * x)


def _listener(x, t, labels, no_label: int, heard: list[set]):
    """The stand-in, which says what is wrong with a call, and adds to ``heard`` each picture's labels."""

    def denoise(pictures, time, seen) -> np.ndarray:
        n = len(pictures)
        check.require(
            not (time.shape == labels.shape and seen.shape == ()),
            "`denoise` got labels and time exchanged: denoise(x, t, labels).",
        )
        check.require(
            seen.shape == (n,),
            f"`denoise` got labels of shape {seen.shape}, expected one for each picture, {(n,)}: np.full_like.",
        )
        check.require(time.shape == () and float(time) == t, "`denoise` got another time than t.")
        check.require(
            n % len(x) == 0 and np.allclose(pictures, np.concatenate([x] * (n // len(x)))),
            "`denoise` got other pictures than x. Both answers are about x: was it changed in place?",
        )
        strange = sorted({int(one) for one in seen} - {*labels.tolist(), no_label})
        check.require(
            not strange, f"`denoise` got the label {strange[:1]}, which nobody asked for; for none, use no_label."
        )
        for k, label in enumerate(seen.astype(int)):
            own = labels[k % len(x)]
            check.require(
                label in (own, no_label), f"`denoise` got the label {label} for picture {k % len(x)}; its own is {own}."
            )
            heard[k % len(x)].add(int(label))
        return _answers(pictures, time, seen.astype(int))

    def call(x=None, t=None, labels=None, *more):
        check.require(
            x is not None and t is not None and labels is not None and not more,
            "`denoise` takes three arguments: pictures, time and labels.",
        )
        return denoise(*(np.asarray(one) for one in (x, t, labels)))

    return call


def _unasked(heard: list[set], labels, w: float, no_label: int):
    """Which of the two questions was not asked about some picture, in words."""
    for k, (seen, own) in enumerate(zip(heard, labels, strict=True)):
        if w != 1 and no_label not in seen:
            yield f"`denoise` was never asked about picture {k} without a label, that is, with no_label = {no_label}."
        if w != 0 and own not in seen:
            yield f"`denoise` was never asked about picture {k} with its label, {own}."


def _small_guidance(guided) -> str:
    """Guidance that goes wrong with one number or two, in words."""

    def case(without, asked):
        without, asked = np.array([without]), np.array([asked])
        words = f"answers {check.in_digits(without)} without a label, {check.in_digits(asked)} with it, w = 3"
        denoise = lambda x, t, labels: np.concatenate([asked if one == 5 else without for one in labels])  # noqa: E731
        return words, (denoise, 0 * asked, 7, np.array([5]), 3.0, 10), without + 3 * (asked - without)

    return check.first_wrong(guided, (case([0.2], [0.9]), case([0.2, -0.4], [0.9, 0.1])))


def check_guided(guided, shape: tuple[int, ...], w: float, no_label: int) -> None:
    """Hold guidance against the formula, with a stand-in that looks at pictures, time and labels."""
    (x,) = arrays(shape, 1)
    labels, t = (np.arange(shape[0]) * 3 + 1) % 10, 7
    one, none = _answers(x, t, labels), _answers(x, t, np.full_like(labels, no_label))

    def formula(weight=w, start="none", order=1, gap="right"):
        first = {"none": none, "label": one, "nothing": 0.0, "x": x}[start]
        difference = {"right": one - none, "mean": np.mean(one - none), "label": one}[gap]
        return first + weight * order * difference

    options = {
        "this is the paper's weight, ours minus 1: start from the answer without a label.": {"start": "label"},
        "the difference has the wrong sign: with label minus without.": {"order": -1},
        "the difference alone was returned; add it to the answer without a label.": {"start": "nothing"},
        "the difference was added to x; add it to the answer without a label.": {"start": "x"},
        "the answer with the label was added; add the difference.": {"gap": "label"},
        "the difference was averaged; each entry keeps its own.": {"gap": "mean"},
        "the difference counts once; multiply it by w, as w is.": {"weight": 1.0},
        "the weight is too small by 1.": {"weight": w - 1},
        "the weight was squared.": {"weight": w**2},
        "the root of the weight was taken.": {"weight": np.sqrt(w)},
        "the weight was cut to a whole number; w may be any number.": {"weight": float(int(w))},
        "this is the mean of the two answers; multiply the difference by w.": {"weight": 0.5},
    }
    right = formula()
    known = {
        "the labels are ignored at this weight.": none,
        "the two answers are exchanged: w = 0 must ignore the labels.": one + w * (none - one),
        "the result was clipped to -1 to 1; that comes later.": right.clip(-1, 1),
        "this is the estimate of the first picture alone.": right[0],
        "x came back as it was.": x,
        "this is a weighted mean; guidance goes beyond both answers.": (none + w * one) / (1 + w),
        "brackets are missing: w multiplies the whole difference.": w * one,
    }
    heard = [set() for _ in labels]
    denoise = _listener(x, t, labels, no_label, heard)
    answer = check.call(guided, denoise, x, t, labels, w, no_label)
    parts = {"the answer without a label": none, "the difference": one - none}
    look = lambda: with_case(check.weights(answer, right, parts), lambda: _small_guidance(guided))  # noqa: E731
    silent = {words: answer for words in _unasked(heard, labels, w, no_label)}
    if w == 0:
        silent["w = 0 ignores the labels, but this is the answer with them."] = one
    # one at a time: pairs would give some other weight by chance
    slips = {words: formula(**option) for words, option in options.items()}
    known, name = silent | known | slips, f"the estimate with guidance weight {w:g}"
    check.close(answer, right, name, mistakes=known, otherwise=look)
