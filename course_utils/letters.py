"""Printed letters and digits of free fonts: which character, which family, how bold, italic or not.

``data/letters.npz`` holds them; ``data/make_letters.py`` drew them from Debian's font packages.
:mod:`course_utils.data` gives :func:`load_letters` to lessons.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.caches import DataError, bundled
from course_utils.own_pictures import is_meant

if TYPE_CHECKING:
    import pandas as pd

FILE = "letters.npz"
SHA256 = "ec7ccf954a458975aa0a580ad16432b0b9ea5a282d1b29e1ec379076b1c90ac8"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = CAPITALS.lower()
DIGITS = "0123456789"
CHANGING = "ABDEFGHNQRabdefghnqr"  # their small letters are no small capitals
CHARACTERS = CAPITALS + SMALL + DIGITS
SIZE, BASELINE, CAP_HEIGHT = 32, 23, 18  # pixels; the baseline counts from the top
SHARPER = 4  # drawn so many times larger, then averaged
NEAR = 0.13  # two families are kin if fonts of theirs differ by less: see `distances`
SAME_DESIGN = (("Tinos", "STIX", "Doulos SIL", "GFS Artemisia"),)  # all are drawn after Times
PARTS = ("train", "val", "test")
WEIGHTS = (
    ("thin|hairline", 100), ("extra ?light|ultra ?light", 200), ("semi ?bold|demi ?bold|demi", 600),
    ("extra ?bold|ultra ?bold", 800), ("black|heavy|fat|ultra", 900), ("bold", 700),
    ("light", 300), ("medium", 500), ("regular|book|normal|roman", 400),
)  # fmt: skip


@dataclass(frozen=True)
class Letters:
    """Pictures float32 in [0, 1], ``(n, 32, 32)``, 1 = ink, split by family of fonts.

    ``y_train`` and its like, int64 ``(n,)``, are places in ``characters``. The tables have n rows
    and the columns ``character``, ``font``, ``family``, ``kin``, ``weight`` (100 thin, 400 regular,
    700 bold, 900 black) and ``italic`` (bool). Families of the same ``kin`` have the same design
    or share a name; no kin is in two parts. The rows go font by font, and within a font in the
    order of ``characters``: ``x_train.reshape(-1, len(characters), 32, 32)`` is an alphabet a font.
    """

    x_train: np.ndarray
    x_val: np.ndarray
    x_test: np.ndarray
    y_train: np.ndarray
    y_val: np.ndarray
    y_test: np.ndarray
    table_train: "pd.DataFrame"
    table_val: "pd.DataFrame"
    table_test: "pd.DataFrame"
    characters: str
    source: str

    def __repr__(self) -> str:
        sizes = f"{len(self.x_train)} train, {len(self.x_val)} validation, {len(self.x_test)} test"
        return f"Letters({sizes}; {self.source})"


def load_letters(characters: str = CHARACTERS, folder: str | Path | None = None) -> Letters:
    """Printed characters, 32 × 32, of which no family is in two parts of the split.

    All characters of a font have the same scale: capitals are 18 pixels high and stand on the
    lower edge of row 22, less where something would not fit; each is centred from left to right.

    Args:
        characters: which ones, each once, of A–Z, a–z and 0–9.
        folder: fonts of your own instead (.ttf or .otf, folders within it included), of four
            families or more that are not kin. About 70 % of the fonts are for training, 10 % for
            validation, 20 % for the test; families that look alike stay together. What cannot be
            used is named and passed over.

    Raises:
        DataError: the file of the course is missing or is not what it should be, or ``folder``
            has too few fonts; the message says which.
        ValueError: characters that there are not, or one twice.
    """
    different = set(characters)
    if not characters or len(different) < len(characters) or different - set(CHARACTERS):
        raise ValueError(f"characters: each once, of {CHARACTERS}, not {characters!r}")
    fonts = bundled(FILE, SHA256) if folder is None else _own(Path(folder))
    source = f"{len(fonts['font'])} free fonts" if folder is None else f"the fonts of {folder}"
    places = [CHARACTERS.index(one) for one in characters]
    found = {"characters": characters, "source": source}
    for part in PARTS:
        rows = np.flatnonzero(fonts["part"] == part)
        drawn = fonts["x"][rows][:, places].reshape(-1, SIZE, SIZE)
        found[f"x_{part}"] = drawn.astype("float32") / np.float32(255)
        found[f"y_{part}"] = np.tile(np.arange(len(places)), len(rows))
        found[f"table_{part}"] = _table(fonts, rows, characters)
    return Letters(**found)


def _table(fonts: dict[str, np.ndarray], rows: np.ndarray, characters: str) -> "pd.DataFrame":
    import pandas as pd

    columns = {"character": np.tile(list(characters), len(rows))}
    for name in ("font", "family", "kin", "weight", "italic"):
        columns[name] = np.repeat(fonts[name][rows], len(characters))
    return pd.DataFrame(columns)


# ---- drawing: also used by data/make_letters.py


def draw_font(path: Path) -> np.ndarray:
    """The 62 characters of a font file, uint8 ``(62, 32, 32)``, ink 255.

    Raises:
        ValueError: a character is missing, or too many look the same; the message says which.
        OSError: no font.
    """
    from PIL import ImageFont

    def of_size(size: float) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)

    def box(font: ImageFont.FreeTypeFont, text: str) -> tuple[float, ...]:
        return font.getbbox(text, anchor="ls")

    large = of_size(200)
    _, top, _, bottom = box(large, "H")
    if bottom <= top:
        raise ValueError("H is missing")
    boxes = np.array([box(large, one) for one in CHARACTERS], dtype=float)
    pixels = CAP_HEIGHT / -min(top, -1)  # of the picture, for each of the large font
    widest = (boxes[:, 2] - boxes[:, 0]).max() * pixels
    above, below = -boxes[:, 1].min() * pixels, boxes[:, 3].max() * pixels
    fits = min(1.0, (SIZE - 2) / widest, (BASELINE - 1) / above, (SIZE - BASELINE) / max(below, 1))
    if fits < 0.6:
        raise ValueError("so wide or tall that its letters would be tiny")
    font = of_size(200 * pixels * fits * SHARPER)
    drawn = np.stack([_draw(font, one) for one in CHARACTERS])
    missing = _draw(font, "\uffff")
    blank = (drawn == missing).all(axis=(1, 2)) | (drawn.max(axis=(1, 2)) < 99)
    lacks = [one for one, is_blank in zip(CHARACTERS, blank, strict=True) if is_blank]
    if lacks:
        raise ValueError(f"no glyph for {''.join(lacks)}")
    alike = len(CHARACTERS) - len(np.unique(drawn.reshape(len(drawn), -1), axis=0))
    if alike > 4:
        raise ValueError(f"{alike} characters look like others")
    if _difference(drawn[[CHARACTERS.index(one) for one in CHANGING]]) < 0.46:
        raise ValueError("its small letters are capitals")
    return drawn


def _difference(drawn: np.ndarray) -> float:
    """Squared difference of the second half from the first over their mean ink, a mean."""
    a, b = np.split(drawn.reshape(len(drawn), -1) / 255, 2)
    return float((2 * ((a - b) ** 2).sum(axis=1) / (a**2 + b**2).sum(axis=1)).mean())


def _draw(font, text: str) -> np.ndarray:
    from PIL import Image, ImageDraw

    side = SIZE * SHARPER
    picture = Image.new("L", (side, side), 0)
    left, _, right, _ = font.getbbox(text, anchor="ls")
    at = (round((side - left - right) / 2), BASELINE * SHARPER)
    ImageDraw.Draw(picture).text(at, text, font=font, fill=255, anchor="ls")
    grey = np.asarray(picture.reduce(SHARPER), dtype=float)
    return (np.round(grey / 17) * 17).astype("uint8")  # 16 grey values: half the bytes


def names_of(path: Path) -> tuple[str, str, int, bool]:
    """Full name, family, weight (100 to 900) and whether italic, as the font file says."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        names = {number: font["name"].getDebugName(number) or "" for number in (1, 2, 4, 16, 17)}
        family, style = names[16] or names[1], names[17] or names[2]
        angle = font["post"].italicAngle if "post" in font else 0
        selected = font["OS/2"].fsSelection if "OS/2" in font else 0
    words = f"{names[4]} {names[1]} {style}".lower().replace("-", " ")
    weight = next((value for word, value in WEIGHTS if re.search(rf"\b({word})", words)), 400)
    italic = bool(selected & 1 or abs(angle) > 1 or re.search("ital|obli|slant", words))
    ending = (
        r"[ -]*\b(thin|light|medium|bold|black|heavy|italic|oblique|regular|book|normal|roman)+$"
    )
    short = family.strip()
    while re.search(ending, short, re.IGNORECASE) and re.sub(
        ending, "", short, flags=re.IGNORECASE
    ):
        short = re.sub(ending, "", short, flags=re.IGNORECASE)
    full = names[4].strip() or f"{family} {style}"
    return full, short, weight, italic


# ---- which families are kin, and the split


def distances(drawn: np.ndarray) -> np.ndarray:
    """How different fonts look: the squared difference over the mean ink, mean of the characters.

    Args:
        drawn: ``(n, 62, 32, 32)`` uint8.

    Returns:
        float32 ``(n, n)``; 0 for equal fonts, about 2 where no ink is in the same place.
    """
    rows = drawn.reshape(len(drawn), len(CHARACTERS), -1).astype("float32") / 255
    total = np.zeros((len(drawn), len(drawn)), dtype="float32")
    for one in rows.transpose(1, 0, 2):
        ink = (one**2).sum(axis=1)
        both = one @ one.T
        mean = (ink[:, None] + ink) / 2
        total += (2 * mean - 2 * both) / np.maximum(mean, 1e-6)
    return total.clip(0) / len(CHARACTERS)


def kin_of(families: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The kin of each font, named by the first of its families.

    Families are kin if their names begin with the same word, if a font of one differs from a font
    of the other by less than ``NEAR``, or if we know it; kin of kin are kin.
    """
    from scipy.sparse.csgraph import connected_components

    first = np.array([re.split(r"[ -]", one)[0].lower() for one in families])
    linked = (first[:, None] == first) | (distances(drawn) < NEAR)
    for group in SAME_DESIGN:
        member = np.isin(families, group)
        linked |= member[:, None] & member
    _, group = connected_components(linked, directed=False)
    return np.array([min(families[group == one]) for one in group])


def split_of(kin: np.ndarray) -> np.ndarray:
    """The part of each font: 20 % test, 10 % validation, the rest train, by whole kin.

    Kin go in the order of a digest of their names. One with more than a twelfth of the fonts is
    for training.
    """
    names, sizes = np.unique(kin, return_counts=True)
    order = sorted(
        range(len(names)), key=lambda i: hashlib.sha256(str(names[i]).encode()).hexdigest()
    )
    part_of, count = {}, {"test": 0, "val": 0}
    for place in order:
        name, size = str(names[place]), int(sizes[place])
        part = "train"
        if size <= max(1, len(kin) / 12):
            for other, share in (("test", 0.2), ("val", 0.1)):
                if count[other] == 0 or count[other] + size <= share * len(kin):
                    part = other
                    count[other] += size
                    break
        part_of[name] = part
    return np.array([part_of[str(one)] for one in kin])


def _own(folder: Path) -> dict[str, np.ndarray]:
    from course_utils.bars import progress_bar

    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    files = sorted(p for p in folder.rglob("*") if is_meant(p, folder))
    found, seen = [], {}
    for path in progress_bar(files, title=f"drawing {len(files)} fonts"):
        try:
            drawn = draw_font(path)
            described = names_of(path)
        except Exception as error:  # Pillow's and fontTools' are of many kinds
            reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
            print(f"{path.name} is passed over: {reason}.")
            continue
        first = seen.setdefault(drawn.tobytes(), path.name)
        if first != path.name:
            print(f"{path.name} is passed over: it draws the same as {first}.")
            continue
        found.append((drawn, *described))
    columns = [np.array(one) for one in zip(*found, strict=True)] or [np.zeros(0)] * 5
    drawn, font, family, weight, italic = columns
    kin = kin_of(family, drawn) if found else family
    if len(set(kin)) < 4:
        designs = f"{len(found)} fonts of {len(set(kin))} different designs"
        raise DataError(f"{folder}: {designs}; 4 designs are needed")
    return {
        "x": drawn, "font": font, "family": family, "weight": weight, "italic": italic,
        "kin": kin, "part": split_of(kin),
    }  # fmt: skip
