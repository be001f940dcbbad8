"""A small digit classifier, trained for the course: it judges what generators make.

Its weights lie in ``data/digit_classifier.npz``; ``data/make_digit_classifier.py`` made them from
the training digits alone.
"""

from functools import cache

import keras
import numpy as np

from course_utils.data import DataError
from course_utils.paths import data_dir

FEATURES = 64
FILE = "digit_classifier.npz"


def build_classifier() -> keras.Model:
    """The untrained network: images ``(n, 28, 28)`` in [0, 1] to two outputs.

    They are the features ``(n, 64)`` and the logits ``(n, 10)``.
    """
    layers = keras.layers
    images = keras.Input((28, 28))
    x = layers.Reshape((28, 28, 1))(images)
    for channels, strides in ((16, 1), (16, 2), (32, 1), (32, 2)):
        x = layers.Conv2D(channels, 3, strides, padding="same", activation="gelu")(x)
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    features = layers.Dense(FEATURES, activation="gelu", name="features")(x)
    logits = layers.Dense(10, name="logits")(layers.Dropout(0.3)(features))
    return keras.Model(images, [features, logits], name="digit_classifier")


@cache
def load_classifier() -> keras.Model:
    """The trained network, as :func:`build_classifier` describes it.

    Raises:
        DataError: the file of the weights is missing or damaged.
    """
    path, model = data_dir() / FILE, build_classifier()
    try:
        with np.load(path, allow_pickle=False) as stored:
            weights = [stored[f"w{i:02d}"].astype("float32") for i in range(len(model.weights))]
        model.set_weights(weights)
    except Exception as error:
        raise DataError(
            f"{path}: not the weights of the digit classifier ({error}). "
            "Take the file from the course's repository, or remake it: "
            "python data/make_digit_classifier.py"
        ) from None
    model.trainable = False
    return model


def _check(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images, dtype="float32")
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise ValueError(f"expected images of shape (n, 28, 28), got {images.shape}")
    if images.size and (images.min() < -0.01 or images.max() > 1.01):
        low, high = images.min(), images.max()
        raise ValueError(f"expected values in [0, 1], got {low:.3g} to {high:.3g}")
    return images


def features(images: np.ndarray) -> np.ndarray:
    """Activations of the last hidden layer, float32 ``(n, 64)``.

    Args:
        images: ``(n, 28, 28)`` or ``(n, 28, 28, 1)``, values in [0, 1].

    Raises:
        ValueError: another shape, or values outside [0, 1].
    """
    return _predict(images)[0]


def probabilities(images: np.ndarray) -> np.ndarray:
    """Class probabilities, float32 ``(n, 10)``; arguments and errors as for :func:`features`."""
    return np.asarray(keras.ops.softmax(_predict(images)[1]))


def _predict(images: np.ndarray) -> list[np.ndarray]:
    images, model = _check(images), load_classifier()
    parts = [model(images[i : i + 500], training=False) for i in range(0, max(len(images), 1), 500)]
    return [np.concatenate([np.asarray(part[k]) for part in parts]) for k in (0, 1)]
