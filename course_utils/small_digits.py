"""Digits of 16 × 16 pixels for lesson 51: shrunk, enlarged, and judged by the digit classifier."""

from functools import cache

import numpy as np

from course_utils import classifier
from course_utils.data import load_digits

__all__ = ["enlarge", "judge_asked", "shrink"]

EDGE, INSIDE, SIZE = 2, 24, 16  # empty pixels at each edge of 28; what is left; what it becomes
NEIGHBOURS = 5


def shrink(images: np.ndarray) -> np.ndarray:
    """Digits with 16 × 16 pixels, as a diffusion model wants them.

    The two outermost rows and columns, empty in nearly all digits of MNIST, are cut off; the rest
    is resized bilinearly with anti-aliasing.

    Args:
        images: ``(n, 28, 28)``, values in [0, 1].

    Returns:
        float32 ``(n, 16, 16, 1)``, values in [-1, 1].
    """
    import tensorflow as tf

    images = np.asarray(images, dtype="float32")
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"expected images of shape (n, 28, 28), got {images.shape}")
    inside = images[:, EDGE:-EDGE, EDGE:-EDGE, None]
    small = tf.image.resize(inside, (SIZE, SIZE), antialias=True).numpy()
    return 2 * small.clip(0, 1) - 1


def enlarge(pictures: np.ndarray) -> np.ndarray:
    """The way back, by bicubic interpolation: what the classifier and an eye can judge.

    Args:
        pictures: ``(n, 16, 16, 1)`` or ``(n, 16, 16)``, values in [-1, 1]; others are cut off.

    Returns:
        float32 ``(n, 28, 28)``, values in [0, 1].
    """
    import tensorflow as tf

    pictures = np.asarray(pictures, dtype="float32")
    if pictures.ndim not in (3, 4) or pictures.shape[1:3] != (SIZE, SIZE):
        raise ValueError(f"expected pictures of shape (n, 16, 16, 1), got {pictures.shape}")
    pictures = (pictures.reshape(-1, SIZE, SIZE, 1).clip(-1, 1) + 1) / 2
    inside = tf.image.resize(pictures, (INSIDE, INSIDE), "bicubic").numpy()[..., 0].clip(0, 1)
    return np.pad(inside, ((0, 0), (EDGE, EDGE), (EDGE, EDGE)))


def judge_asked(pictures: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    """What the digit classifier says of generated digits, beside unseen real ones.

    The real ones are the 500 test digits, shrunk and enlarged likewise.

    Args:
        pictures: ``(n, 16, 16, 1)`` in [-1, 1], two or more.
        asked: ``(n,)``, the digit that each should show.

    Returns:
        ``asked``: share that the classifier takes for the digit that was asked for.
        ``confident``: share for which one class has a probability of 0.9 or more.
        ``coverage``: share of the real digits that have a generated one no farther away than their
        fifth-nearest real one, in the classifier's features (Naeem et al. 2020). It grows with n:
        compare at equal n.
        ``distance``: energy distance to the real ones (:func:`course_utils.classifier.compare`).
        ``near-copies``: share nearer to a training digit than all but 1 % of the real ones are,
        Euclidean distance of the small pictures; 0.01 is what unseen digits have.
    """
    large, asked = enlarge(pictures), np.asarray(asked)
    if asked.shape != (len(large),):
        raise ValueError(f"expected {len(large)} digits asked for, got shape {asked.shape}")
    real, radii, near = _real()
    found, chances = classifier.look(large)
    verdict = classifier.compare(found, chances, real)
    nearest = _nearest(found, real)
    return {
        "asked": float(np.mean(chances.argmax(axis=1) == asked)),
        "confident": verdict["confident"],
        "coverage": float(np.mean(nearest <= radii)),
        "distance": verdict["distance"],
        "near-copies": float(np.mean(_nearest(_training(), _flat(pictures)) < near)),
    }


def _flat(pictures: np.ndarray) -> np.ndarray:
    return np.reshape(pictures, (len(pictures), -1))


def _nearest(among: np.ndarray, rows: np.ndarray, k: int = 1) -> np.ndarray:
    """Distance from each row to the k-th nearest of others."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=k).fit(among).kneighbors(rows)[0][:, -1]


@cache
def _training() -> np.ndarray:
    return _flat(shrink(load_digits().x_train))


@cache
def _real() -> tuple[np.ndarray, np.ndarray, float]:
    """Features of the enlarged test digits, the radius of each, and the limit of a near-copy."""
    small = shrink(load_digits().x_test)
    real = classifier.features(enlarge(small))
    radii = _nearest(real, real, NEIGHBOURS + 1)  # each is its own nearest
    return real, radii, float(np.quantile(_nearest(_training(), _flat(small)), 0.01))
