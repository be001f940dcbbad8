"""Alphabets of whole fonts, of which four letters are given, and scores of drawn alphabets."""

from dataclasses import dataclass

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

    def errors(self, drawn: np.ndarray, real: np.ndarray, power: int = 2) -> np.ndarray:
        """Mean squared error over the 48 unseen letters, one number a font ``(n,)``.

        With ``power=1`` it is the mean absolute error.
        """
        gaps = np.abs(drawn[:, self.unseen] - real[:, self.unseen])
        return (gaps**power).mean(axis=(1, 2, 3))

    def ink(self, drawn: np.ndarray, real: np.ndarray) -> np.ndarray:
        """How much ink the 48 unseen letters have, over that of the real ones, ``(n,)``."""
        amounts = [fonts[:, self.unseen].sum(axis=(1, 2, 3)) for fonts in (drawn, real)]
        return amounts[0] / amounts[1]

    def grey_share(self, drawn: np.ndarray) -> float:
        """Of the pixels with ink of the 48 unseen letters, the share that is grey; NaN for none."""
        ink = drawn[:, self.unseen]
        count = (ink > INK).sum()
        return float(((ink > INK) & (ink < FULL)).sum() / count) if count else float("nan")


def places(text: str) -> list[int]:
    """Where the letters of ``text`` stand in an alphabet."""
    return [LETTERS.index(letter) for letter in text]


def load_alphabets(every: int = 1, n_test: int | None = None) -> Alphabets:
    """The training and test fonts of :func:`course_utils.data.load_letters`, whole alphabets.

    Args:
        every: keep every so-manieth font of the training, for a quick run.
        n_test: keep so many fonts of the test, the first ones; None for all.
    """
    letters = load_letters(LETTERS)
    fonts, kin = {}, {}
    for part, some in (("train", slice(None, None, every)), ("test", slice(n_test))):
        pictures, table = getattr(letters, f"x_{part}"), getattr(letters, f"table_{part}")
        fonts[part] = pictures.reshape(-1, len(LETTERS), *pictures.shape[1:])[some]
        kin[part] = table["kin"].to_numpy()[:: len(LETTERS)][some]
    return Alphabets(fonts["train"], fonts["test"], kin["train"], kin["test"])
