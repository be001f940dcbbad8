"""Drawn characters of which every factor is known: hair, eyes, glasses, colours, tilt ...

The drawings are DiceBear's styles *lorelei* (by Lisa Wischofsky) and *pixel-art*, both CC0; the
packages ``dicebear-core``, ``dicebear-styles`` and ``resvg-py`` draw them without a network.
:mod:`course_utils.data` gives the functions of this module to lessons.
"""

import functools
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course_utils.caches import DataError, cached

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("dicebear-core", "dicebear-styles", "resvg-py")
NONE = "none"  # the glasses of a character without
GLASSES_SHARE = 0.3
TILT = 12.0  # degrees, the most to each side
COLORS = {
    "hair_color": {
        "black": "#26262e", "brown": "#70482a", "blonde": "#e6b84f", "red": "#cc4a2c",
        "pink": "#ec8cb8", "blue": "#6c8fe2", "green": "#5fb489", "silver": "#bcbccb",
        "purple": "#8b60bf",
    },
    "skin": {"light": "#ffe6d6", "tan": "#f0c4a2", "brown": "#c88d63", "dark": "#8b5b3d"},
    "background": {"blue": "#cde7ff", "yellow": "#ffe8c6", "green": "#d8f1d8", "pink": "#f3d8ef"},
    "clothes_color": {
        "white": "#f4f1e8", "red": "#d8433b", "orange": "#f29b38", "teal": "#2c9c91",
        "navy": "#2f4a80", "grey": "#6d7079",
    },
}  # fmt: skip
# option of DiceBear <- colour factor
PAINTED = {
    "hair_color": "hairColor", "skin": "skinColor", "background": "backgroundColor",
    "clothes_color": "clothingColor",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """What of a style of DiceBear varies here, and what is the same in every picture."""

    parts: tuple[str, ...]  # components of the style, each in one of its variants
    colors: tuple[str, ...]
    fixed: Mapping[str, object]
    tilts: bool
    step: int  # the size in pixels is a multiple of it

    @property
    def factors(self) -> list[str]:
        """Names of the factors, as columns of a table."""
        return [*self.parts, *self.colors, *(["tilt"] if self.tilts else [])]


STYLES = {
    "lorelei": Style(
        parts=("hair", "eyes", "eyebrows", "mouth", "nose", "head", "glasses"),
        colors=("hair_color", "skin", "background"),
        # larger than the style's own frame, as hair and shoulders may be cut
        fixed={"beardProbability": 0, "frecklesProbability": 0, "earringsProbability": 0,
               "hairAccessoriesProbability": 0, "scale": 1.25, "translateY": 6},
        tilts=True,
        step=1,
    ),
    "pixel-art": Style(
        parts=("hair", "eyes", "mouth", "glasses", "clothes"),
        colors=("hair_color", "clothes_color", "skin", "background"),
        fixed={"beardProbability": 0, "hatProbability": 0, "accessoriesProbability": 0,
               "eyesColor": ["#5b7c8b"], "mouthColor": ["#d0605e"], "glassesColor": ["#323232"]},
        tilts=False,
        step=16,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Characters:
    """Pictures float32 in [0, 1], ``(n, size, size, 3)``, and tables of n rows with their factors.

    A column of the tables is a factor: the variant of a part (``hair``, ``eyes``, ``mouth``,
    ``glasses``, which may be ``"none"``, ...), the name of a colour (``hair_color``, ``skin``,
    ``background``, ...) or ``tilt`` in degrees, positive clockwise. Pictures of one's own have one
    column, ``file``. No picture occurs twice.
    """

    x_train: np.ndarray
    x_val: np.ndarray
    x_test: np.ndarray
    factors_train: "pd.DataFrame"
    factors_val: "pd.DataFrame"
    factors_test: "pd.DataFrame"
    source: str

    def __repr__(self) -> str:
        sizes = f"{len(self.x_train)} train, {len(self.x_val)} validation, {len(self.x_test)} test"
        return f"Characters({sizes}; {self.source})"


def load_characters(
    style: str = "lorelei",
    size: int = 32,
    n: int = 3000,
    seed: int = 0,
    folder: str | Path | None = None,
) -> Characters:
    """Pictures of characters, split at random: 80 % train, 10 % each for validation and test.

    Each factor is drawn by itself, all values alike, but three in ten wear glasses. A picture
    that was drawn before is left out, and another one drawn. The first call with its arguments
    draws (some 4 ms a picture, with a progress bar); later ones read what it kept. The same
    arguments give the same pictures in the same order.

    Args:
        style: ``"lorelei"``, lines and plain colours, with a tilt; or ``"pixel-art"``.
        size: height and width in pixels; of pixel-art, whose own size it is, a multiple of 16.
        n: number of pictures, 20 or more.
        seed: of factors and split.
        folder: a folder with 20 or more pictures of your own instead (PNG, JPEG, WebP, GIF or BMP,
            folders within it included); ``style`` and ``n`` then mean nothing. The middle square of
            each is scaled to ``size``; what is transparent becomes white. Files that are damaged
            or no pictures are named and left out.

    Raises:
        DataError: ``folder`` holds too few pictures, or does not exist; or the installed style
            lacks a part. The message says which.
        ValueError: an argument that is not possible.
    """
    if not isinstance(size, int | np.integer) or not 8 <= size <= 1024:
        raise ValueError(f"size is a whole number of pixels from 8 to 1024, not {size!r}")
    if folder is not None:
        from course_utils.own_pictures import read_folder

        pictures, names = read_folder(Path(folder), int(size))
        source = f"{len(pictures)} pictures of {folder}"
        return _split(pictures, {"file": np.array(names)}, seed, source)
    _require_style(style, size)
    if not isinstance(n, int | np.integer) or n < 20:
        raise ValueError(f"n is a whole number, 20 or more, not {n!r}")
    recipe = STYLES[style]
    names = [*recipe.factors, "x"]

    def fits(found: dict[str, np.ndarray]) -> bool:
        rows = {len(one) for one in found.values()}
        pixels = (n, size, size, 3)
        return sorted(found) == sorted(names) and rows == {n} and found["x"].shape == pixels

    name = f"characters-{style}-{size}-{n}-{seed}-{_version(style)}.npz"
    arrays = cached(name, lambda: _draw_set(style, int(size), int(n), seed), fits)
    factors = {name: arrays[name] for name in recipe.factors}
    return _split(arrays["x"], factors, seed, f"{n} characters, style {style}")


def draw_characters(factors: "pd.DataFrame", style: str = "lorelei", size: int = 32) -> np.ndarray:
    """The exact pictures of given factors, some 4 ms each.

    Args:
        factors: a table with the columns of :class:`Characters`, for instance one of its tables
            with another value somewhere.
        style: as in :func:`load_characters`.
        size: likewise.

    Returns:
        float32 ``(n, size, size, 3)`` in [0, 1].

    Raises:
        ValueError: a column is missing, or a value is none of the style's. (DiceBear itself
            leaves out a part whose variant it does not know, and says nothing.)
    """
    _require_style(style, size)
    recipe, variants = STYLES[style], _variants(style)
    missing = [name for name in recipe.factors if name not in factors]
    if missing:
        raise ValueError(f"the table has no column {', '.join(missing)}")
    for name in recipe.factors:
        values = factors[name].tolist()
        if name == "tilt":
            wrong = [one for one in values if not np.isfinite(one)]
        else:
            wrong = [one for one in values if one not in variants[name]]
        if wrong:
            known = "a number" if name == "tilt" else ", ".join(variants[name])
            raise ValueError(f"{name}: {wrong[0]!r} is not possible; {style} has: {known}")
    rows = factors[recipe.factors].to_dict("records")
    pictures = [_draw(style, row, int(size)) for row in rows]
    shape = (0, size, size, 3)
    return (
        np.array(pictures, dtype="float32").reshape(shape if not rows else (-1, *shape[1:])) / 255
    )


def _require_style(style: str, size: int) -> None:
    if style not in STYLES:
        raise ValueError(f"style is one of {', '.join(STYLES)}, not {style!r}")
    step = STYLES[style].step
    if size % step:
        raise ValueError(f"{style} is drawn in multiples of {step} pixels, not in {size}")


@functools.cache
def _definition(style: str) -> dict:
    text = (resources.files("dicebear_styles") / f"{style}.json").read_text(encoding="utf-8")
    return json.loads(text)


@functools.cache
def _variants(style: str) -> dict[str, tuple[str, ...]]:
    """Factor -> values that it may have, from the style's own definition; without ``tilt``.

    Raises:
        DataError: the definition has no such part.
    """
    recipe, components = STYLES[style], _definition(style)["components"]
    found = {}
    for part in recipe.parts:
        if not components.get(part, {}).get("variants"):
            raise DataError(
                f"dicebear-styles {metadata.version('dicebear-styles')}: {style} has no {part}"
            )
        variants = tuple(sorted(components[part]["variants"]))
        found[part] = (NONE, *variants) if part == "glasses" else variants
    return found | {name: tuple(COLORS[name]) for name in recipe.colors}


def _version(style: str) -> str:
    """A digest of all that the pictures depend on, so that an old cache file is not taken."""
    parts = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    parts += [repr(STYLES[style]), repr(COLORS), repr((GLASSES_SHARE, TILT))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@functools.cache
def _style(style: str):
    import dicebear

    return dicebear.Style(_definition(style))


def _draw(style: str, row: Mapping[str, object], size: int) -> np.ndarray:
    """One picture, uint8 ``(size, size, 3)``; all values are known to be possible."""
    import dicebear
    import resvg_py
    from PIL import Image

    recipe = STYLES[style]
    options = {"seed": "0", **recipe.fixed}
    for part in recipe.parts:
        if part == "glasses":
            options["glassesProbability"] = 0 if row[part] == NONE else 100
        if row[part] != NONE:
            options[f"{part}Variant"] = [row[part]]
    for name in recipe.colors:
        options[PAINTED[name]] = [COLORS[name][row[name]]]
    if style == "lorelei":
        options["eyebrowsColor"] = ["#26262e"]
    if recipe.tilts:
        options["rotate"] = round(float(row["tilt"]), 3)
    svg = dicebear.Avatar(_style(style), options).to_string()
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB"))


def _draw_set(style: str, size: int, n: int, seed: int) -> dict[str, np.ndarray]:
    """So many different pictures and their factors, in the order in which they were drawn."""
    from course_utils.bars import progress_bar

    recipe, variants = STYLES[style], _variants(style)
    rng, seen, pictures, rows = np.random.default_rng(seed), set(), [], []
    for _ in progress_bar(range(n), title=f"drawing {n} characters, once"):
        for _ in range(100):
            row = {name: rng.choice(variants[name]) for name in (*recipe.parts, *recipe.colors)}
            with_glasses = rng.random() < GLASSES_SHARE
            row["glasses"] = rng.choice(variants["glasses"][1:]) if with_glasses else NONE
            row = {name: str(value) for name, value in row.items()}
            if recipe.tilts:
                row["tilt"] = np.float32(rng.uniform(-TILT, TILT))
            picture = _draw(style, row, size)
            if picture.tobytes() not in seen:
                break
        else:
            raise ValueError(f"{style} at {size} pixels has no {n} different pictures")
        seen.add(picture.tobytes())
        pictures.append(picture)
        rows.append(row)
    columns = {name: np.array([row[name] for row in rows]) for name in recipe.factors}
    return {"x": np.stack(pictures), **columns}


def _split(pictures: np.ndarray, factors: dict, seed: int, source: str) -> Characters:
    """Shuffle, and cut into training, validation and test."""
    import pandas as pd

    n = len(pictures)
    order = np.random.default_rng([n, seed]).permutation(n)
    tenth = n // 10
    table = pd.DataFrame(factors)
    parts = np.split(order, [n - 2 * tenth, n - tenth])
    images = [pictures[part].astype("float32") / np.float32(255) for part in parts]
    tables = [table.iloc[part].reset_index(drop=True) for part in parts]
    return Characters(*images, *tables, source=source)
