"""Rows and grids of images, drawn on one pair of axes; lessons take them from ``plots``."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from course_utils.style import COLORS

# Many pictures share one Axes, side by side: an Axes for each costs more time than its picture.
# Coordinates are widths of a picture, downwards.
_GAP = 0.1  # between two pictures
_TITLE = 0.3  # room for a title above a picture
_NAMES = 1.6  # inches left of rows of pictures for their names


def _draw_image(ax, image: np.ndarray, limits, x: float, y: float, cmap=None) -> float:
    """Draw a picture with its upper left corner at (x, y); returns its lower edge."""
    low, high = limits or (None, None)
    bottom = y + np.shape(image)[0] / np.shape(image)[1]
    extent = (x, x + 1, bottom, y)
    ax.imshow(image, vmin=low, vmax=high, cmap=cmap, interpolation="nearest", extent=extent)
    return bottom


def _name_image(ax, title: str, x: float, y: float) -> None:
    """A title above the picture at (x, y)."""
    ax.text(x + 0.5, y - 0.04, title, ha="center", va="bottom", fontsize=9)


def _frame_images(ax, columns: float, bottom: float) -> None:
    """Show all pictures and nothing else."""
    ax.set(xlim=(0, columns * (1 + _GAP) - _GAP), ylim=(bottom, 0), xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(False)


def _name_rows(ax, middles: Sequence[float], labels: Sequence[str]) -> None:
    """Name rows of pictures. The figure, with ``_NAMES`` inches of room, grows for long names."""
    ax.set_yticks(middles, labels, fontsize=10)
    ax.tick_params(length=0, pad=8)
    ax.set_anchor("E")  # what room is left is left of the names
    words = [TextPath((0, 0), label, size=10) for label in labels if label.strip()]
    longest = max((path.get_extents().width for path in words), default=0) / 72
    ax.figure.set_figwidth(ax.figure.get_figwidth() + max(longest + 0.4 - _NAMES, 0))


def image_grid(
    images: np.ndarray,
    columns: int = 10,
    titles: Sequence[str] | None = None,
    title: str = "",
    limits: tuple[float, float] | None = (0.0, 1.0),
    size: float = 0.85,
) -> Figure:
    """Show images ``(n, height, width)`` or ``(n, height, width, 3)`` in a grid.

    ``limits`` are the values drawn black and white; ``None`` stretches each image by itself.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4) or len(images) == 0:
        raise ValueError(f"expected images (n, height, width[, 3]), got shape {images.shape}")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    height = size * rows * (1 + _TITLE if titles else 1.0) + (0.35 if title else 0.0)
    fig, ax = plt.subplots(figsize=(max(size * columns, 3), height))
    bottom = -_GAP
    for first in range(0, len(images), columns):
        y = bottom + _GAP + (_TITLE if titles else 0.0)
        for k, image in enumerate(images[first : first + columns]):
            x = k * (1 + _GAP)
            bottom = _draw_image(ax, image, limits, x, y)
            if titles:
                _name_image(ax, titles[first + k], x, y)
    _frame_images(ax, columns, bottom)
    fig.suptitle(title)
    return fig


def image_rows(
    rows: Mapping[str, np.ndarray],
    title: str = "",
    limits: tuple[float, float] | None = (0.0, 1.0),
    size: float = 0.85,
    titles: Sequence[str] = (),
) -> Figure:
    """Compare versions of the same images, one labelled row each, e.g. before and after.

    Args:
        rows: label -> images ``(n, height, width)``; the same n for all.
        title: above the figure.
        limits: values drawn black and white; ``None`` stretches each image by itself.
        size: of an image, in inches.
        titles: above the first images, row by row.
    """
    counts = {label: len(images) for label, images in rows.items()}
    if len(set(counts.values())) != 1:
        raise ValueError(f"every row needs the same number of images, got {counts}")
    columns = next(iter(counts.values()))
    named = -(-len(titles) // columns)  # rows with titles
    height = size * (len(rows) + _TITLE * named) + (0.35 if title else 0)
    fig, ax = plt.subplots(figsize=(size * columns + _NAMES, height))
    bottom, middles = -_GAP, []
    for row, images in enumerate(rows.values()):
        y = bottom + _GAP + (_TITLE if row < named else 0.0)
        for k, image in enumerate(images):
            bottom = _draw_image(ax, image, limits, k * (1 + _GAP), y)
        for k, words in enumerate(titles[row * columns : (row + 1) * columns]):
            _name_image(ax, words, k * (1 + _GAP), y)
        middles.append((y + bottom) / 2)
    _frame_images(ax, columns, bottom)
    _name_rows(ax, middles, list(rows))
    fig.suptitle(title)
    return fig


def neighbour_rows(
    images: np.ndarray,
    queries: Sequence[int],
    nearest: Mapping[str, np.ndarray],
    labels: np.ndarray,
    title: str = "",
    k: int = 8,
    size: float = 0.62,
) -> Figure:
    """Queries with their nearest images, a row for each query and each way to search.

    An image whose label is not that of its query is crossed out.

    Args:
        images: ``(n, height, width)``, 1 for ink: drawn dark on white.
        queries: numbers of images.
        nearest: name of a way to search -> ``(n, k or more)``, for each image its nearest ones'
            numbers.
        labels: ``(n,)``.
        title: above the figure.
        k: how many of the nearest are shown.
        size: of an image, in inches.
    """
    height = size * len(queries) * len(nearest) + (0.35 if title else 0)
    fig, ax = plt.subplots(figsize=(size * (k + 2) + _NAMES, height))
    rows = [(query, name) for query in queries for name in nearest]
    bottom, middles, arrow = -_GAP, [], 0.4  # an arrow's width
    for query, name in rows:
        y = bottom + _GAP
        for place, number in enumerate([query, *nearest[name][query][:k]]):
            x = place * (1 + _GAP) + (arrow if place else 0.0)
            bottom = _draw_image(ax, 1 - images[number], (0.0, 1.0), x, y)
            if labels[number] != labels[query]:
                for ends in ([y, bottom], [bottom, y]):
                    ax.plot([x, x + 1], ends, color=COLORS[1], linewidth=1.8, alpha=0.85)
        middles.append((y + bottom) / 2)
        ax.text(1 + arrow / 2, middles[-1], "→", ha="center", va="center", fontsize=13)
    _frame_images(ax, k + 1 + arrow, bottom)
    _name_rows(ax, middles, [name for _, name in rows])
    fig.suptitle(title)
    return fig


def heat_rows(
    pictures: np.ndarray,
    masks: np.ndarray,
    maps: Mapping[str, np.ndarray],
    chosen: Sequence[int],
    titles: Sequence[str],
    title: str = "",
) -> Figure:
    """Chosen pictures, their masks below, and below these a row of heat maps for each detector.

    A detector's maps are drawn from black, their median, to yellow, their highest hundredth.

    Args:
        pictures: ``(n, height, width)``, from 0 to 1.
        masks: boolean, of the same shape.
        maps: name of a detector -> its maps of all n pictures.
        chosen: numbers of the pictures that are shown.
        titles: one for each of these.
        title: above the figure.
    """
    rows = {"part": pictures, "defect": masks, **maps}
    height = 1.2 * len(rows) + (0.6 if title else 0.3)
    fig, ax = plt.subplots(figsize=(1.25 * len(chosen) + _NAMES, height))
    bottom, middles = 0.1, []  # a row of titles
    for k, words in enumerate(titles):
        _name_image(ax, words, k * (1 + _GAP), bottom + _GAP)
    for label, images in rows.items():
        y = bottom + _GAP
        limits = tuple(np.quantile(images, [0.5, 0.99])) if label in maps else (0, 1)
        cmap = "inferno" if label in maps else None
        for place, k in enumerate(chosen):
            bottom = _draw_image(ax, images[k], limits, place * (1 + _GAP), y, cmap)
        middles.append((y + bottom) / 2)
    _frame_images(ax, len(chosen), bottom)
    _name_rows(ax, middles, list(rows))
    fig.suptitle(title)
    return fig
