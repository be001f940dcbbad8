"""The check of lesson 34's sampling: codes drawn one after the other."""

import numpy as np

from course_utils import check

MISFIT = (
    "The codes do not fit the logits given those before them. Ask `predict` anew for each place, from the first to "
    "the last, with the codes written so far, and take the logits at that place."
)


def _logits(k: int) -> np.ndarray:
    """Lopsided logits, with the largest one last."""
    return 2.4 * np.linspace(0, 1, k) ** 1.5 - 1


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits)
    return shares / shares.sum()


def _require_grid(codes: np.ndarray, length: int, k: int) -> None:
    """Does `predict` get what it asks for?"""
    check.require(
        codes.ndim == 2 and codes.shape[1] == length,
        f"`predict` was given codes of the shape {codes.shape}. It takes whole grids, (n, {length}), and gives logits "
        "of every place.",
    )
    low, high = (codes.min(), codes.max()) if codes.size else (0, 0)
    inside = low >= 0 and high < k
    hint = "Was 1 added to the code?" if high == k else "Start with zeros."
    check.require(inside, f"`predict` was given the codes {low} to {high}; there are 0 to {k - 1}. {hint}")


def _chain(length: int, k: int):
    """Logits that fix each code by its place and all before it, and are lopsided at the first place."""

    def predict(codes):
        codes = np.asarray(codes).astype(int)
        _require_grid(codes, length, k)
        logits = np.where(np.arange(k) == _following(codes, k)[..., None], 40.0, -40.0)
        logits[:, 0] = _logits(k)
        return logits.astype("float32")

    return predict


def _following(codes: np.ndarray, k: int) -> np.ndarray:
    """The code that the chain wants at each place, given those before it."""
    before = np.cumsum(codes, axis=1) - codes
    return (before + (np.arange(codes.shape[1]) + 1) ** 2) % k


def _alike(length: int, k: int):
    """The same lopsided logits at every place, whatever the codes are."""

    def predict(codes):
        _require_grid(np.asarray(codes), length, k)
        return np.broadcast_to(_logits(k), (*np.shape(codes), k)).astype("float32")

    return predict


def _wrong_shares(shares: np.ndarray, k: int) -> dict[str, np.ndarray]:
    """Shares that known mistakes give, those first that are nearest to the ones found."""
    rng, logits = np.random.default_rng(0), _logits(k)
    size = (100_000, k)

    def noisy(noise, pick=np.argmax):
        return np.bincount(pick(logits + noise, axis=1), minlength=k) / len(noise)

    other = "noise was added to the logits; only Gumbel noise of scale 1, with a plus, gives the softmax."
    lifted = logits - logits.min()
    two = np.where(np.arange(k) < k - 2, 0, _softmax(logits))
    above = np.minimum(k - np.arange(k), k - 1)
    turned = np.bincount(above, weights=_softmax(logits), minlength=k)
    known = {
        "all codes are drawn alike; use the softmax of the logits.": np.full(k, 1 / k),
        "the logits' sign is wrong.": _softmax(-logits),
        "the softmax's exponentials are missing; the logits themselves were made to shares.": lifted / lifted.sum(),
        "the sizes of the logits were made to shares; use their exponentials.": np.abs(logits) / np.abs(logits).sum(),
        "the softmax was taken first, and then a second one or Gumbel noise; `predict` gives logits.": _softmax(
            _softmax(logits)
        ),
        "the smallest sum of logit and noise was taken; take the argmax.": noisy(rng.gumbel(size=size), np.argmin),
        "the edges of the cumulative shares above the draw were counted; count those below.": turned,
        "the sigmoid was taken of each logit; use the softmax.": (s := 1 / (1 + np.exp(-logits))) / s.sum(),
        "the exponentials were squared.": _softmax(2 * logits),
        "only the two likeliest codes are drawn; draw from all.": two / two.sum(),
        f"normal {other}": noisy(rng.normal(size=size)),
        f"uniform {other}": noisy(rng.random(size)),
        f"exponential {other}": noisy(rng.exponential(size=size)),
        f"logarithmic {other}": noisy(np.log(rng.random(size))),
        f"minus Gumbel {other}": noisy(-rng.gumbel(size=size)),
        f"twice the Gumbel {other}": noisy(2 * rng.gumbel(size=size)),
        f"half the Gumbel {other}": noisy(rng.gumbel(size=size) / 2),
    }
    return dict(sorted(known.items(), key=lambda pair: np.abs(pair[1] - shares).max()))


def _check_shares(codes: np.ndarray, k: int) -> None:
    """Are all codes drawn from the softmax of the same logits? If a place is not, it is named."""
    logits, right = _logits(k), _softmax(_logits(k))
    room = 5 * np.sqrt(right.max() * (1 - right.max()))

    def far(part):
        shares = np.bincount(part.ravel(), minlength=k) / part.size
        return np.abs(shares - right).max() > room / np.sqrt(part.size)

    bad, name = [far(part) for part in codes.T], "the shares of the codes"
    if any(bad) and not all(bad) and not far(codes[:, np.invert(bad)]):
        place = bad.index(True)
        name, codes = f"the shares of the codes at place {place}", codes[:, place]
    shares = np.bincount(codes.ravel(), minlength=k) / codes.size

    def mistakes():
        known = _wrong_shares(shares, k)
        with np.errstate(divide="ignore"):
            scale = np.log(shares[-1] / shares[0]) / (logits[-1] - logits[0])
        if np.isfinite(scale):
            known[
                f"these are shares of the softmax of {scale:.2g} times the logits. Take the logits as they are, and "
                "the exponential of base e."
            ] = _softmax(scale * logits)
        return known

    found, wanted, given = (check.in_digits(np.round(some, 2)) for some in (shares, right, logits))
    words = f"for the logits {given} at every place the codes came with the shares {found}; their softmax is {wanted}."
    known = {"mistakes": mistakes, "otherwise": lambda: words}
    check.close(shares, right, name, rtol=0, atol=room / np.sqrt(codes.size), **known)


def _check_first(codes: np.ndarray, k: int, others: list[np.ndarray], alike: np.ndarray) -> None:
    """Is there a draw for the first code of each sequence? The others have other seeds."""
    first, length = int(codes[0, 0]), codes.shape[1]
    if (codes[:, 0] != first).any():
        return
    drawn = any((other[:, 0] != first).any() for other in others)
    check.require(not drawn, "All sequences begin with the same code: one draw for all. Draw for each sequence.")
    greedy = (alike == k - 1).all()
    check.require(
        not greedy,
        "Every code is the most likely one, as by argmax with no noise, or too little. Draw from the softmax.",
    )
    check.require(first, "Every first code is 0: it was never written. Draw and write every place, from 0 on.")
    words = f"Every first code is {first}, with every seed: it was not drawn by the logits at place 0."
    if first == length**2 % k:
        words = "The first code was drawn by the logits of the last place. Take the logits at the place to be written."
    raise check.CheckError(words)


def _misfit(codes: np.ndarray, k: int) -> str:
    """How codes came about that do not fit the chain's logits, in words, if it is known."""
    length, wanted, turned = codes.shape[1], _following(codes, k), codes[:, ::-1]
    blind, top = _following(np.zeros_like(codes), k), codes.max()
    last_only = np.roll(codes, 1, axis=1) + blind
    later = codes[:, 1:]
    words = {
        "Only the first place was written. Is the `return` within the loop?": length > 2 and not later.any(),
        "Each place was drawn as if the codes before it were 0. Go from the first place to the last, write each code "
        "into the grid, and ask `predict` anew.": np.array_equal(later, blind[:, 1:]),
        f"Only codes up to {top} are drawn; there are 0 to {k - 1}.": 1 < top < k - 1
        and np.array_equal(later[wanted[:, 1:] <= top], wanted[:, 1:][wanted[:, 1:] <= top]),
        "The last place was never written.": not later[:, -1].any() and np.array_equal(later[:, :-1], wanted[:, 1:-1]),
        "The codes come in reversed order.": np.array_equal(turned[:, 1:], _following(turned, k)[:, 1:]),
        "Each place was drawn by the logits of the place before it. Take those of the place to be written.": length > 2
        and np.array_equal(codes[:, 2:], wanted[:, 1:-1]),
        "All sequences get the same later codes. Take the logits of each sequence.": (later == later[0]).all(),
        "`predict` saw only the code just before. Keep all codes in the grid.": np.array_equal(
            later, last_only[:, 1:] % k
        ),
    }
    return next((text for text, holds in words.items() if holds), "")


def _first_misfit(codes: np.ndarray, k: int) -> str:
    """The first wrong code after right ones, in words."""
    wanted = _following(codes, k)
    place, row = np.argwhere((codes != wanted).T[1:])[0] + (1, 0)
    before = ", ".join(map(str, codes[row, :place]))
    return f"After {before} the logits leave only the code {wanted[row, place]}, but {codes[row, place]} follows."


def check_sample(sample, length: int, k: int) -> None:
    """Are codes drawn one after the other, each from the softmax of its logits?"""

    def drawn(seed, size, make):
        asked, logits = [], make(length, k)

        def predict(codes):
            asked.append(codes)
            return logits(codes)

        try:
            answer = check.call(sample, predict, size, length, seed)
        except check.CheckError as error:
            check.require(asked, f"`predict` was not called. Is another name used for it? {error}")
            raise
        codes = check.array(answer, "the codes", shape=(size, length), kind="integer")
        check.require(asked, "`predict` was not called: ask it for the logits.")
        inside = codes.min() >= 0 and codes.max() < k
        check.require(inside, f"the codes: {codes.min()} to {codes.max()}, but there are 0 to {k - 1}.")
        return codes.astype(int)

    codes = drawn(4, 200, _chain)
    alone = drawn(8, 4000 // length if k < 10 else 300, _alike)
    _check_first(codes, k, [drawn(seed, 5, _chain) for seed in range(20, 26)], alone)
    fits = np.array_equal(codes[:, 1:], _following(codes, k)[:, 1:])
    known = "" if fits else _misfit(codes, k)
    check.require(not known, known)
    if k < 10:
        _check_shares(alone, k)
    check.require(fits, MISFIT if fits else f"{MISFIT} {_first_misfit(codes, k)}")
    first = drawn(5, 40, _chain)
    check.require(
        np.array_equal(drawn(5, 40, _chain), first), "The same seed gives other codes: use the argument seed."
    )
    check.differ(drawn(6, 40, _chain), first, "Another seed gives the same codes: use the argument seed.")
    check.require(drawn(7, 1, _chain).shape == (1, length), "It must work for one sequence.")
    repeats = len(np.unique(alone, axis=1).T) < length
    check.require(not repeats, "A place repeats the draw of another: make the random generator once, before the loop.")
    half = len(alone) // 2
    repeats = np.array_equal(alone[:half], alone[half : 2 * half])
    check.require(not repeats, "Sequences repeat each other: make the random generator once for all.")
