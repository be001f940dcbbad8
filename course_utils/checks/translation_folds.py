"""Checks of lesson 46: which fonts, and which strength, wrong left-out drawings come from."""

from itertools import combinations

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import Ridge

from course_utils import check

RTOL = 2e-3


def seen_by(found: np.ndarray, wanted: np.ndarray, references, letters, kin, strength, folds) -> str:
    """Where wrong drawings come from, fold by fold: other folds, another strength, something added.

    Args:
        found: the learner's drawings, of any shape.
        wanted: the right ones, (n, m).
        references, letters, kin, strength, folds: what the learner's function was given.

    Returns:
        words about the first wrong fold, or nothing.
    """
    if found.shape != wanted.shape or not np.isfinite(found).all():
        return ""
    fold_of = np.array([next(i for i, fold in enumerate(folds) if name in fold) for name in kin])
    close = RTOL * np.abs(wanted).max()
    wrong = [i for i in range(len(folds)) if np.abs(found - wanted)[fold_of == i].max() > close]
    if not wrong:
        return ""
    first = wrong[0]
    mine, rest = found[fold_of == first], [i for i in range(len(folds)) if i != first]

    def drawn(seen, alpha):
        fit = np.isin(fold_of, seen)
        model = Ridge(alpha).fit(references[fit].astype(float), letters[fit].astype(float))
        return model.predict(references[fold_of == first].astype(float)).reshape(mine.shape)

    def gap(one):
        return np.abs(mine - one).max()

    told = f"the {len(mine)} fonts of folds[{first}]"
    shift = mine - wanted[fold_of == first]
    if len(mine) > 1 and np.ptp(shift, axis=0).max() < close:
        return (
            f"to all drawings of {told} the same picture is added, from {shift[0].min():.3g} to {shift[0].max():.3g}. "
            "They are to stay as `ridge` gives them."
        )
    for size in range(1, len(folds) + 1):
        for seen in combinations(range(len(folds)), size):
            if list(seen) != rest and gap(drawn(seen, strength)) < close:
                return f"{told} are drawn by a fit to {_folds(seen)}; it should be to {_folds(rest)}."
    best = minimize_scalar(lambda a: gap(drawn(rest, np.exp(a))), bounds=(-12, 12), method="bounded").x
    if gap(drawn(rest, np.exp(best))) < close:
        return f"{told} are drawn with the strength {np.exp(best):.3g}; it was given as {strength:g}."
    return _rows(found, wanted, references, letters, kin, strength, fold_of, close)


def _rows(found, wanted, references, letters, kin, strength, fold_of, close) -> str:
    """Which rows are wrong, and of the first that is not 0, which kins its regression has seen."""
    off = np.abs(found - wanted).max(axis=1) > close
    empty = off & ~found.any(axis=1)
    words = f"{off.sum()} of {len(kin)} rows are wrong"
    if empty.any():
        words += (
            f"; of these {empty.sum()} are 0, as if nothing was drawn there: {_named(np.flatnonzero(empty), 'row')}"
        )
    filled = np.flatnonzero(off & ~empty)
    if not len(filled):
        return f"{words}."
    row, names = filled[0], np.unique(kin)
    for size in range(1, len(names) + 1):
        for seen in combinations(names, size):
            fit = np.isin(kin, seen)
            model = Ridge(strength).fit(references[fit].astype(float), letters[fit].astype(float))
            drawing = model.predict(references[[row]].astype(float)).reshape(-1)
            if np.abs(found[row] - drawing).max() < close:
                left = names[~np.isin(names, seen)]
                without = "all fonts" if not len(left) else f"all but those of {_named(left, 'the kin')}"
                return (
                    f"{words}. Row {row}, a font of {kin[row]}, is drawn by a fit to {without}; leave out all kins of "
                    f"folds[{fold_of[row]}]."
                )
    return (
        f"{words}. Row {row}, a font of folds[{fold_of[row]}], begins with {check.in_digits(found[row, :3])}, but "
        f"`ridge`, fitted to the other folds, gives {check.in_digits(wanted[row, :3])}."
    )


def _folds(numbers) -> str:
    return " and ".join(f"folds[{one}]" for one in numbers)


def _named(items, kind: str) -> str:
    """Numbers or names in words."""
    texts = [str(one) for one in items]
    return f"{kind} {texts[0]}" if len(texts) == 1 else f"{kind}s {', '.join(texts[:-1])} and {texts[-1]}"
