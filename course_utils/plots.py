"""Figures of the lessons: one style, colour-blind safe, always with a text alternative.

Every function returns a matplotlib figure; a lesson ends its cell with :func:`show`, which asks
for the words that stand for the picture where it cannot be seen.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from course_utils.image_plots import heat_rows, image_grid, image_rows, neighbour_rows
from course_utils.interval_plots import intervals, shares
from course_utils.pictures import Film, Picture, film, show
from course_utils.style import COLORS, GREY

__all__ = [
    "COLORS", "GREY", "Film", "Picture", "code_map", "curves", "film", "heat_rows", "image_grid",
    "image_rows", "intervals", "neighbour_rows", "scatter_3d", "shares", "show", "spectrum",
    "timeline", "training_curves",
]  # fmt: skip


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
