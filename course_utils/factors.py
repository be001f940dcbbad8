"""Read the factors of drawn characters from pixels or codes: probes, and what an edit changes.

A probe is a linear classifier, or for the tilt a linear regression; on pixels it reads their
first principal components.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

TILT_CHANGE = 6.0  # degrees: a change of the tilt that counts

# edits of one factor: its value at the start and at the goal (of the tilt: left, right)
EDITS = {
    "glasses": (False, True),
    "hair_color": ("black", "pink"),
    "skin": ("light", "dark"),
    "background": ("blue", "pink"),
    "tilt": (-1, 1),
}


def known_factors(factors: "pd.DataFrame") -> dict[str, np.ndarray]:
    """The five factors that probes read, by name, ``(n,)`` each.

    Args:
        factors: a table of lorelei characters, as ``data.load_characters`` gives it.

    Returns:
        ``hair_color``, ``skin`` and ``background`` as words, ``glasses`` as booleans, ``tilt`` in
        degrees.
    """
    known = {name: factors[name].to_numpy() for name in ("hair_color", "skin", "background")}
    glasses = (factors["glasses"] != "none").to_numpy()
    return known | {"glasses": glasses, "tilt": factors["tilt"].to_numpy()}


def fit_probes(rows: np.ndarray, factors: "pd.DataFrame", components: int | None = None) -> dict:
    """One linear probe for each of the five factors.

    Args:
        rows: codes ``(n, k)``, or pictures ``(n, height, width, 3)``, flat or not.
        factors: a table with n rows.
        components: if given, probes read so many principal components of the rows (for pictures).

    Returns:
        name -> a model of scikit-learn with ``predict`` and ``score``.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline

    rows = _flat(rows)
    first = [] if components is None else [PCA(components, random_state=0).fit(rows)]
    inner = first[0].transform(rows) if first else rows
    probes = {}
    for name, target in known_factors(factors).items():
        probe = Ridge() if name == "tilt" else LogisticRegression(max_iter=1000)
        probes[name] = make_pipeline(*first, probe.fit(inner, target))
    return probes


def verdicts_of(probes: Mapping, rows: np.ndarray) -> dict[str, np.ndarray]:
    """What each probe says of each row (or picture, ``(n, height, width, 3)``), ``(n,)`` each."""
    return {name: probe.predict(_flat(rows)) for name, probe in probes.items()}


def _flat(rows: np.ndarray) -> np.ndarray:
    return np.reshape(rows, (len(rows), -1))


def scores(probes: Mapping, rows: np.ndarray, factors: "pd.DataFrame") -> dict[str, float]:
    """How well probes read unseen rows: the share of right answers; of the tilt R²."""
    targets = known_factors(factors)
    return {name: float(probe.score(_flat(rows), targets[name])) for name, probe in probes.items()}


def changes(probes: Mapping, before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    """Share of rows in which the probes' verdict changes, by factor.

    Args:
        probes: as :func:`fit_probes` gives them, on pictures.
        before: pictures, for instance copies.
        after: the same with an edit.

    Returns:
        factor -> share; the tilt counts as changed if it is told to differ by more than 6 degrees.
    """
    old, new = verdicts_of(probes, before), verdicts_of(probes, after)
    moved = {name: old[name] != new[name] for name in probes}
    moved["tilt"] = np.abs(old["tilt"] - new["tilt"]) > TILT_CHANGE
    return {name: float(one.mean()) for name, one in moved.items()}


def at_end(factors: "pd.DataFrame", name: str, end: int) -> np.ndarray:
    """Which characters are at the start (``end`` 0) or the goal (1) of an edit, booleans ``(n,)``.

    The edits are those of :data:`EDITS`; a tilt counts from 5 degrees to either side.
    """
    values = known_factors(factors)[name]
    return (np.round(values / 10) if name == "tilt" else values) == EDITS[name][end]


def in_bins(codes: np.ndarray, n_bins: int = 20) -> np.ndarray:
    """The bin of each code in each dimension, ``(n, k)``; all bins hold equally many codes."""
    return np.argsort(np.argsort(codes, axis=0, kind="stable"), axis=0) * n_bins // len(codes)


def constructed_code(factors: "pd.DataFrame", k: int) -> np.ndarray:
    """A code that is disentangled by construction, ``(n, k)``; k is 5 or more.

    Each of the five factors is a number in a dimension of its own; the others hold noise.
    """
    known = known_factors(factors).values()
    numbers = np.stack([np.unique(one, return_inverse=True)[1] for one in known], axis=1)
    noise = np.random.default_rng(3).normal(size=(len(factors), k - numbers.shape[1]))
    return np.concatenate([numbers / numbers.std(axis=0), noise], axis=1)
