"""A small network that reads the factors of pixel-art characters, and scores of generated ones.

It was trained once, by ``data/make_character_classifier.py``, on the 2,400 training characters of
``load_characters("pixel-art", 16)``, and on copies with noise, blurred, or mixed by twos. Its
outputs say which hair colour, glasses ... a picture has, and whether it was spoilt. Its last hidden
layer gives the features in which generated characters are compared with real ones.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from course_utils.classifier import with_stored_weights
from course_utils.session import keras
from course_utils.training import predict

if TYPE_CHECKING:
    import pandas as pd

FILE = "character_classifier.npz"
FEATURES, SIZE = 64, 16
# factor -> its values, in the order of the outputs
VALUES = {
    "hair_color": ("black", "brown", "blonde", "red", "pink", "blue", "green", "silver", "purple"),
    "skin": ("light", "tan", "brown", "dark"),
    "background": ("blue", "yellow", "green", "pink"),
    "clothes_color": ("white", "red", "orange", "teal", "navy", "grey"),
    "glasses": ("without", "with"),
}
# what was done to a picture; features that tell these apart see what an eye sees
SPOILT = ("nothing", "noise", "blur", "two characters mixed")
NEIGHBOURS = 5  # a ball around a real character reaches to so many others


def build_character_classifier() -> keras.Model:
    """Pictures ``(n, 16, 16, 3)`` in [0, 1] to features ``(n, 64)`` and the logits of each head."""
    layers = keras.layers
    images = keras.Input((SIZE, SIZE, 3))
    x = layers.Rescaling(2, -1)(images)
    for channels, strides in ((24, 1), (32, 2), (48, 2)):
        x = layers.Conv2D(channels, 3, strides, padding="same", activation="gelu")(x)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    features = layers.Dense(FEATURES, activation="gelu", name="features")(x)
    last = layers.Dropout(0.2)(features)
    heads = {**VALUES, "spoilt": SPOILT}
    logits = {name: layers.Dense(len(names), name=name)(last) for name, names in heads.items()}
    return keras.Model(images, {"features": features, **logits}, name="character_classifier")


def factor_numbers(factors: "pd.DataFrame") -> dict[str, np.ndarray]:
    """The factors of a table of characters as the classifier counts them, integers ``(n,)`` each.

    Args:
        factors: with the columns of ``load_characters("pixel-art", 16)``.
    """
    found = {}
    for name, values in VALUES.items():
        column = factors[name].to_numpy()
        if name == "glasses":
            found[name] = (column != "none").astype(int)
        else:
            found[name] = np.array([values.index(one) for one in column], dtype=int)
    return found


@cache
def load_character_classifier() -> keras.Model:
    """The trained network, as :func:`build_character_classifier` describes it.

    Raises:
        DataError: the file of the weights is missing or damaged.
    """
    model = build_character_classifier()
    return with_stored_weights(model, FILE, "make_character_classifier.py")


def _outputs(images: np.ndarray) -> dict[str, np.ndarray]:
    images = np.asarray(images, dtype="float32")
    if images.ndim != 4 or images.shape[1:] != (SIZE, SIZE, 3):
        raise ValueError(f"expected images of shape (n, {SIZE}, {SIZE}, 3), got {images.shape}")
    if images.size and not (images.min() >= -0.01 and images.max() <= 1.01):
        low, high = images.min(), images.max()
        raise ValueError(f"expected values in [0, 1], got {low:.3g} to {high:.3g}")
    return predict(load_character_classifier(), images)


def character_features(images: np.ndarray) -> np.ndarray:
    """Activations of the last hidden layer, float32 ``(n, 64)``.

    Args:
        images: ``(n, 16, 16, 3)``, values in [0, 1].

    Raises:
        ValueError: another shape, or values outside [0, 1], or NaN.
    """
    return _outputs(images)["features"]


def read_factors(images: np.ndarray) -> dict[str, np.ndarray]:
    """The likeliest value of each factor, integers ``(n,)``: places in :data:`VALUES`.

    Arguments and errors as for :func:`character_features`.
    """
    found = _outputs(images)
    return {name: found[name].argmax(axis=1) for name in VALUES}


class CharacterJudge:
    """Compares generated characters with real ones that no generator was trained on.

    Args:
        real: unseen real characters ``(n, 16, 16, 3)`` in [0, 1], more than 5.
    """

    def __init__(self, real: np.ndarray):
        from sklearn.neighbors import NearestNeighbors

        self.real = character_features(real)
        if len(self.real) <= NEIGHBOURS:
            raise ValueError(f"expected more than {NEIGHBOURS} real characters, got {len(real)}")
        to_others = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(self.real).kneighbors()[0]
        self.radii = to_others[:, -1]

    def __call__(self, images: np.ndarray) -> dict[str, float]:
        """Four scores of generated characters ``(m, 16, 16, 3)`` in [0, 1], two or more.

        Returns:
            ``distance``: squared Fréchet distance between the Gaussians of both sets of features
            (FID, but of this classifier). 0 is best. It falls as m grows: compare at equal m.
            ``precision``: share of the generated that lie in a ball around a real one, which
            reaches to its fifth nearest other real one (fidelity).
            ``coverage``: share of these balls that hold a generated one (variety).
            ``clean``: share that the classifier takes for neither noisy nor blurred nor mixed.
        """
        found = _outputs(images)
        made = found["features"]
        inside = self._table(made) <= self.radii[:, None]
        return {
            "distance": gaussian_gap(self.real, made),
            "precision": float(inside.any(axis=0).mean()),
            "coverage": float(inside.any(axis=1).mean()),
            "clean": float(np.mean(found["spoilt"].argmax(axis=1) == 0)),
        }

    def _table(self, made: np.ndarray) -> np.ndarray:
        from scipy.spatial.distance import cdist

        return cdist(self.real, made)


def gaussian_gap(a: np.ndarray, b: np.ndarray) -> float:
    """Squared Fréchet distance of the Gaussians with the moments of points ``(n, d)``, ``(m, d)``.

    The trace of the root of a product of covariances is the sum of the singular values of the
    product of the centred points, Σ √λ(AᵀA BᵀB) = Σ s(A Bᵀ) (Dowson & Landau 1982).
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    parts = []
    for points in (a, b):
        scaled = (points - points.mean(axis=0)) / np.sqrt(len(points) - 1)
        parts.append(np.linalg.qr(scaled, mode="r"))
    shared = np.linalg.svd(parts[0] @ parts[1].T, compute_uv=False).sum()
    between = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return float(between + sum(np.square(part).sum() for part in parts) - 2 * shared)
