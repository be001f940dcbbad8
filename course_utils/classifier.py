"""A small digit classifier, trained for the course: it judges what generators produce.

Its weights lie in ``data/digit_classifier.npz``; ``data/make_digit_classifier.py`` made them from
the training digits alone.
"""

from functools import cache

import numpy as np
from scipy.spatial.distance import cdist

from course_utils.data import DataError, load_digits
from course_utils.paths import data_dir
from course_utils.session import keras
from course_utils.training import predict

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


def with_stored_weights(model: keras.Model, file: str, script: str) -> keras.Model:
    """The model with weights from a file in ``data/``, not trainable any more.

    Args:
        model: gets arrays ``w00``, ``w01``, ... in the order of its weights.
        file: an ``.npz`` in ``data/``.
        script: the script in ``data/`` that makes it.

    Raises:
        DataError: the file is missing or damaged.
    """
    path = data_dir() / file
    try:
        with np.load(path, allow_pickle=False) as stored:
            weights = [stored[f"w{i:02d}"].astype("float32") for i in range(len(model.weights))]
        model.set_weights(weights)
    except Exception as error:
        raise DataError(
            f"{path}: not the weights of the {model.name.replace('_', ' ')} ({error}). "
            f"Take the file from the course's repository, or remake it: python data/{script}"
        ) from None
    model.trainable = False
    return model


@cache
def load_classifier() -> keras.Model:
    """The trained network, as :func:`build_classifier` describes it.

    Raises:
        DataError: the file of the weights is missing or damaged.
    """
    return with_stored_weights(build_classifier(), FILE, "make_digit_classifier.py")


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


def look(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features, float32 ``(n, 64)``, and class probabilities, float32 ``(n, 10)``.

    Args:
        images: ``(n, 28, 28)`` or ``(n, 28, 28, 1)``, values in [0, 1].

    Raises:
        ValueError: another shape, or values outside [0, 1].
    """
    images, model = _check(images), load_classifier()
    found, logits = predict(model, images, batch_size=100)  # 500 at a time take 250 MB more
    return found, np.asarray(keras.ops.softmax(logits))


def features(images: np.ndarray) -> np.ndarray:
    """Activations of the last hidden layer, the first that :func:`look` gives."""
    return look(images)[0]


def probabilities(images: np.ndarray) -> np.ndarray:
    """Class probabilities, the second that :func:`look` gives."""
    return look(images)[1]


def judge(images: np.ndarray) -> dict[str, float]:
    """What the classifier says of generated digits, beside the 500 test digits.

    Args:
        images: ``(n, 28, 28)`` or ``(n, 28, 28, 1)``, values in [0, 1], two or more.

    Returns:
        As :func:`compare`.
    """
    return compare(*look(images), _features_of_test())


def compare(found: np.ndarray, chances: np.ndarray, real: np.ndarray) -> dict[str, float]:
    """What the classifier saw in generated digits, beside real ones.

    Args:
        found: features ``(n, 64)`` of generated digits, two or more.
        chances: their class probabilities ``(n, 10)``.
        real: features ``(m, 64)`` of real digits, two or more.

    Returns:
        ``confident``: share of the images for which one class has a probability of 0.9 or more.
        ``most frequent class``: its share of the images; 0.1 is right, near 1 all are alike.
        ``distance``: energy distance between the two sets of features,
        2 E|a - b| - E|a - a'| - E|b - b'| (Székely & Rizzo 2013). It is 0 if they have the same
        distribution, larger otherwise, and its estimate has no bias, whatever n is (it may fall
        a little below 0).
    """
    if len(found) < 2:
        raise ValueError(f"expected two images or more, got {len(found)}")
    classes = np.bincount(chances.argmax(axis=1), minlength=10)
    return {
        "confident": float(np.mean(chances.max(axis=1) >= 0.9)),
        "most frequent class": float(classes.max() / len(found)),
        "distance": 2 * _mean_distance(found, real) - _within(found) - _within(real),
    }


def _mean_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Mean distance of rows of a from rows of b, some rows at a time."""
    total = sum(cdist(a[i : i + 1000], b).sum() for i in range(0, len(a), 1000))
    return float(total / (len(a) * len(b)))


def _within(rows: np.ndarray) -> float:
    """Mean distance between two different rows."""
    return _mean_distance(rows, rows) * len(rows) / (len(rows) - 1)


@cache
def _features_of_test() -> np.ndarray:
    return features(load_digits().x_test)
