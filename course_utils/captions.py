"""Words for the factors of pixel-art characters: topics, a vocabulary, bags of words."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from course_utils.characters import COLORS

if TYPE_CHECKING:
    import pandas as pd

# each character has exactly one word of each topic
TOPICS = {
    "hair": [f"{color} hair" for color in COLORS["hair_color"]],
    "length": ["long hair", "short hair"],
    "skin": [f"{tone} skin" for tone in COLORS["skin"]],
    "glasses": ["glasses", "no glasses"],
    "mouth": ["smile", "frown"],
    "background": [f"{color} background" for color in COLORS["background"]],
}
VOCABULARY = [word for words in TOPICS.values() for word in words]


def words_of(factors: "pd.DataFrame") -> np.ndarray:
    """The word of each topic for each character, ``(n, 6)``.

    Args:
        factors: a table of pixel-art characters, as ``data.load_characters`` gives it.
    """
    columns = [
        factors["hair_color"] + " hair",
        factors["hair"].str.rstrip("0123456789") + " hair",
        factors["skin"] + " skin",
        np.where(factors["glasses"] == "none", "no glasses", "glasses"),
        np.where(factors["mouth"].str.startswith("happy"), "smile", "frown"),
        factors["background"] + " background",
    ]
    return np.stack([np.asarray(column, dtype=str) for column in columns], axis=1)


def bags_of_words(rows: Iterable[Iterable[str]]) -> np.ndarray:
    """A bag for each row of words, float32 ``(n, 23)``: 1 for the words of VOCABULARY in it."""
    bags = [np.isin(VOCABULARY, list(words)) for words in rows]
    return np.array(bags, dtype="float32").reshape(-1, len(VOCABULARY))
