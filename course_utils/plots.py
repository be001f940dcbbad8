"""Figures of the lessons: one style, colour-blind safe, always with a text alternative.

Every function returns a matplotlib figure; a lesson ends its cell with :func:`show`, which asks
for the words that stand for the picture where it cannot be seen.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from matplotlib.ticker import LogLocator, MaxNLocator

from course_utils.interval_plots import intervals, shares
from course_utils.pictures import Film, Picture, film, show
from course_utils.style import COLORS, GREY

__all__ = [
    "COLORS", "GREY", "Film", "Picture", "code_map", "curves", "film", "heat_rows", "image_grid",
    "image_rows", "intervals", "neighbour_rows", "scatter_3d", "shares", "show", "spectrum",
    "timeline", "training_curves",
]  # fmt: skip


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
    words = [TextPath((0, 0), label, size=10).get_extents().width for label in labels if label]
    longest = max(words, default=0) / 72
    ax.figure.set_figwidth(ax.figure.get_figwidth() + max(longest + 0.3 - _NAMES, 0))


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


def training_curves(
    histories: Mapping[str, Sequence[float]],
    title: str,
    target: float | None = None,
    target_name: str = "",
    ylabel: str = "loss",
) -> Figure:
    """Losses by epoch on a logarithmic axis; ``target`` draws a dashed line to compare with."""
    names = {"loss": "training", "val_loss": "validation"}
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for name, values in histories.items():
        marker = "o" if len(values) == 1 else ""  # a single point makes no line
        ax.plot(range(1, len(values) + 1), values, marker, label=names.get(name, name))
    if target is not None:
        ax.axhline(target, color=GREY, linestyle="--", label=target_name or f"{target:.4g}")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:.3g}")
    ax.yaxis.set_minor_formatter("")
    ax.set(title=title, xlabel="epoch", ylabel=ylabel)
    ax.legend()
    return fig


def curves(
    lines: Mapping[str, np.ndarray],
    x: Sequence[float] | None = None,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    *,
    log_x: bool = False,
    log_y: bool = False,
    target: float | None = None,
    target_name: str = "",
) -> Figure:
    """One curve for each label over the same x, such as the error by latent dimension.

    Args:
        lines: label -> values ``(n,)``; or ``(seeds, n)``, drawn as their mean with a band from
            the lowest to the highest.
        x: places ``(n,)``; 1, 2, ... without it.
        title: above the figure.
        xlabel: with unit.
        ylabel: with unit.
        log_x: logarithmic x, marked at the given places.
        log_y: logarithmic y.
        target: draws a dashed line to compare with.
        target_name: its label.
    """
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for (label, values), marker in zip(lines.items(), "os^Dvp*X" * len(lines), strict=False):
        values = np.atleast_2d(np.asarray(values, dtype=float))
        places = np.arange(1, values.shape[1] + 1) if x is None else np.asarray(x)
        marked = marker if len(places) <= 20 else ""
        (line,) = ax.plot(places, values.mean(axis=0), marker=marked, markersize=5, label=label)
        if len(values) > 1:
            low, high = values.min(axis=0), values.max(axis=0)
            ax.fill_between(places, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    if target is not None:
        ax.axhline(target, color=GREY, linestyle="--", label=target_name or f"{target:.4g}")
    if log_x:
        ax.set_xscale("log")
        ax.set_xticks(places, [f"{place:g}" for place in places])
        ax.xaxis.set_minor_locator(plt.NullLocator())
    if log_y:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:.3g}")
        ax.yaxis.set_minor_formatter("")
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    if len(lines) > 1 or target is not None:
        ax.legend()
    return fig


def timeline(papers: Mapping[str, tuple[str, str]], title: str, legend: str = "") -> Figure:
    """Papers by the month of their first version on arXiv, one row each, marked by their kind.

    Args:
        papers: name -> its arXiv number (``"1406.2661"`` is of June 2014), and its kind.
        title: above the figure.
        legend: above the kinds.
    """
    kinds = list(dict.fromkeys(kind for _, kind in papers.values()))
    styles = dict(zip(kinds, zip("os^Dvp*X", COLORS, strict=False), strict=False))
    fig, ax = plt.subplots(figsize=(9, 0.4 + 0.3 * len(papers)))
    years = {n: 2000 + int(i[:2]) + (int(i[2:4]) - 0.5) / 12 for n, (i, _) in papers.items()}
    for row, (name, (_, kind)) in enumerate(papers.items()):
        marker, color = styles[kind]
        ax.plot(years[name], -row, marker, color=color)
        ax.text(years[name] + 0.07, -row, name, va="center")
    for kind, (marker, color) in styles.items():
        ax.plot([], [], marker, color=color, label=kind)
    first, last = int(min(years.values())), int(max(years.values())) + 1
    ax.set(xlim=(first, last + 1), yticks=[], title=title)
    ax.set_xticks(range(first, last + 1))
    ax.set_xlabel("year of the first version on arXiv")
    ax.grid(axis="x", alpha=0.3)
    ax.legend(loc="lower left", title=legend)
    return fig


def spectrum(
    shares: Mapping[str, np.ndarray], title: str, marks: Sequence[int] = (), log_x: bool = False
) -> Figure:
    """Cumulative share of variance by number of components.

    Args:
        shares: label -> share of the variance of each component, largest first.
        title: above the figure.
        marks: component numbers to mark with their cumulative share.
        log_x: logarithmic axis of components.
    """
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for label, share in shares.items():
        total = np.cumsum(share)
        line = ax.plot(np.arange(1, len(total) + 1), 100 * total, label=label)[0]
        for k in marks:
            ax.plot(k, 100 * total[k - 1], "o", color=line.get_color(), markersize=5)
            if len(shares) == 1:
                ax.annotate(
                    f"{k}: {100 * total[k - 1]:.0f} %",
                    (k, 100 * total[k - 1]),
                    xytext=(7, -11),
                    textcoords="offset points",
                    fontsize=9,
                )
    if log_x:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
    ax.set(title=title, xlabel="number of components", ylabel="variance kept (%)", ylim=(0, 103))
    if len(shares) > 1:
        ax.legend(loc="lower right")
    return fig


def code_map(
    codes: np.ndarray,
    labels: np.ndarray,
    title: str,
    axis_names: tuple[str, str] = ("latent dimension 1", "latent dimension 2"),
) -> Figure:
    """A 2-D map of codes ``(n, 2)``, one colour and one glyph for each integer label 0-9."""
    codes, labels = np.asarray(codes), np.asarray(labels)
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(f"a 2-D map needs codes of shape (n, 2), got {codes.shape}")
    fig, ax = plt.subplots(figsize=(6.2, 5.2))
    colors = plt.get_cmap("turbo")(np.linspace(0.05, 0.95, 10))
    for label in np.unique(labels):
        chosen = labels == label
        # the glyph itself says the class, so that nobody has to tell ten colours apart
        ax.scatter(
            *codes[chosen].T,
            s=38,
            color=colors[int(label) % 10],
            marker=f"${label}$",
            linewidths=0.3,
            alpha=0.9,
        )
    ax.set(title=title, xlabel=axis_names[0], ylabel=axis_names[1])
    return fig


def scatter_3d(
    clouds: Mapping[str, np.ndarray],
    title: str,
    lines: tuple[np.ndarray, np.ndarray] | None = None,
    plane: tuple[np.ndarray, np.ndarray] | None = None,
    views: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """Point clouds ``(n, 3)`` in space, with equal scales on all axes.

    Args:
        clouds: label -> points.
        title: above the figure.
        lines: two clouds to join point by point.
        plane: a point (3,) and two directions (2, 3), scaled to the size of the sheet to draw.
        views: title -> elevation and azimuth of the eye in degrees, one picture each.
    """
    views = views or {"": (20, -60)}
    fig = plt.figure(figsize=(4.6 * len(views), 4.5), layout="none")
    everything = np.concatenate([np.asarray(points) for points in clouds.values()])
    low, high = everything.min(axis=0) - 0.3, everything.max(axis=0) + 0.3
    for column, (name, view) in enumerate(views.items()):
        place = (column / len(views), 0.07, 0.93 / len(views), 0.82)
        ax = fig.add_axes(place, projection="3d")
        if plane is not None:
            point, (u, v) = plane
            corners = np.array([[-u - v, u - v], [v - u, u + v]]) + point
            ax.plot_surface(*np.moveaxis(corners, -1, 0), color=COLORS[4], alpha=0.25, shade=False)
        if lines is not None:
            for a, b in zip(*lines, strict=True):
                ax.plot(*np.stack([a, b]).T, color=GREY, linewidth=0.8, alpha=0.8)
        for (label, points), marker in zip(clouds.items(), "o^sD", strict=False):
            ax.scatter(*np.asarray(points).T, s=12, label=label, marker=marker, depthshade=False)
        ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]))
        ax.set(title=name, xlabel="$x_1$", ylabel="$x_2$", zlabel="$x_3$")
        ax.set_box_aspect(high - low, zoom=1.1)
        for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
            axis.set_major_locator(MaxNLocator(4))
            axis.set_tick_params(labelsize=8, pad=-1)
            axis.labelpad = -3
        ax.view_init(*view)
    fig.suptitle(title)
    handles, labels = ax.get_legend_handles_labels()
    fig.legend(handles, labels, loc="lower center", ncols=len(labels))
    return fig
