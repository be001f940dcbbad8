"""Alphabets of whole fonts, of which four letters are given, and scores of drawn alphabets."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from course_utils.letters import CAPITALS, SMALL, load_letters

LETTERS = CAPITALS + SMALL
GIVEN = "REag"
INK, FULL = 0.2, 0.8  # a pixel with more than INK has ink; with less than FULL it is grey


@dataclass(frozen=True)
class Alphabets:
    """Fonts as float32 ``(n, 52, 32, 32)`` in [0, 1], 1 = ink, split by kin.

    Letters stand in the order A to Z, a to z. ``kin_train`` and ``kin_test`` name the kin of each
    font; no kin is in both parts.
    """

    train: np.ndarray
    test: np.ndarray
    kin_train: np.ndarray
    kin_test: np.ndarray

    @property
    def given(self) -> list[int]:
        """Places of R, E, a, g."""
        return places(GIVEN)

    @property
    def unseen(self) -> list[int]:
        """Places of the other 48 letters."""
        return [place for place in range(len(LETTERS)) if place not in self.given]

    def references(self, fonts: np.ndarray) -> np.ndarray:
        """The pixels of R, E, a, g of fonts ``(n, 52, 32, 32)``, flat: ``(n, 4096)``."""
        return fonts[:, self.given].reshape(len(fonts), -1)

    def pictures(self, flat: np.ndarray) -> np.ndarray:
        """Flat alphabets ``(n, 52 * 1024)`` as pictures ``(n, 52, 32, 32)``, clipped to [0, 1]."""
        return np.clip(flat, 0, 1).reshape(len(flat), *self.train.shape[1:])

    def errors(self, drawn: np.ndarray, real: np.ndarray) -> np.ndarray:
        """Mean squared error over the 48 unseen letters, one number a font ``(n,)``."""
        return np.square(drawn[:, self.unseen] - real[:, self.unseen]).mean(axis=(1, 2, 3))

    def grey_share(self, drawn: np.ndarray) -> float:
        """Of the pixels with ink of the 48 unseen letters, the share that is grey; NaN for none."""
        ink = drawn[:, self.unseen]
        count = (ink > INK).sum()
        return float(((ink > INK) & (ink < FULL)).sum() / count) if count else float("nan")

    def read_right(self, drawn: np.ndarray) -> np.ndarray:
        """Share of the unseen letters that the reader takes for the right letter, ``(n,)``.

        The reader takes each picture for what most of its five nearest training letters are (in 40
        principal components). A capital that is taken for its small letter counts as right.
        """
        pca, reader, names = self._reader
        ink = drawn[:, self.unseen]
        read = reader.predict(pca.transform(ink.reshape(-1, ink[0, 0].size)))
        return (read.reshape(ink.shape[:2]) == names[self.unseen]).mean(axis=1)

    @cached_property
    def _reader(self):
        from sklearn.decomposition import PCA
        from sklearn.neighbors import KNeighborsClassifier

        flat = self.train.reshape(-1, self.train[0, 0].size)
        names = np.array(list(LETTERS.lower()))
        some = flat[:: max(1, len(flat) // 4000)]
        pca = PCA(min(40, len(some)), random_state=0).fit(some)
        reader = KNeighborsClassifier(min(5, len(flat)))
        return pca, reader.fit(pca.transform(flat), np.tile(names, len(self.train))), names


def places(text: str) -> list[int]:
    """Where the letters of ``text`` stand in an alphabet."""
    return [LETTERS.index(letter) for letter in text]


def load_alphabets(every: int = 1) -> Alphabets:
    """The training and test fonts of :func:`course_utils.data.load_letters`, whole alphabets.

    Args:
        every: keep every so-manieth font, for a quick run.
    """
    letters = load_letters(LETTERS)
    fonts, kin = {}, {}
    for part in ("train", "test"):
        pictures, table = getattr(letters, f"x_{part}"), getattr(letters, f"table_{part}")
        fonts[part] = pictures.reshape(-1, len(LETTERS), *pictures.shape[1:])[::every]
        kin[part] = table["kin"].to_numpy()[:: len(LETTERS) * every]
    return Alphabets(fonts["train"], fonts["test"], kin["train"], kin["test"])
