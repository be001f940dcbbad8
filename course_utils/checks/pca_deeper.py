"""Checks of lesson 12's continuation."""

import numpy as np
from sklearn.decomposition import PCA

from course_utils import check


def check_axes(axes_of_network, n: int, d: int, k: int) -> None:
    """Hold axes from latent codes and a decoder against scikit-learn's PCA of the reconstructions.

    Args:
        axes_of_network: the learner's function of codes (n, k) and directions (k, d), gives (k, d).
        n, d, k: sizes.
    """
    rng = np.random.default_rng([n, d, k])
    codes = rng.normal(size=(n, k)) @ rng.normal(size=(k, k)) + 2
    directions = rng.normal(size=(k, d))
    answer = check.call(axes_of_network, codes, directions)
    axes = check.array(answer, "the axes", shape=(k, d)).astype(float)
    fitted = PCA(k, svd_solver="full").fit(codes @ directions)
    raw = np.linalg.eigh(directions.T @ codes.T @ codes @ directions)[1].T[::-1][:k]
    bases = np.linalg.eigh(directions.T @ directions)[1].T[::-1][:k]
    mistakes = {
        "the reconstructions were not centred.": raw,
        "these are axes of the directions alone; where the codes lie counts, too.": bases,
        "smallest variance first; expected the largest first.": fitted.components_[::-1],
        "these are the decoder's own directions.": directions,
        "these are the decoder's own directions, of length one.": directions
        / np.linalg.norm(directions, axis=1, keepdims=True),
    }
    found = {message: np.abs(value) for message, value in mistakes.items()}
    check.close(np.abs(axes), np.abs(fitted.components_), "the axes, up to sign", rtol=1e-3, mistakes=found)
    check.close(np.abs(axes @ fitted.components_.T), np.eye(k), "cosines with the axes", rtol=1e-3)
