"""Small interactive explorers for lessons (ipywidgets)."""

import io
from collections.abc import Callable, Sequence

import ipywidgets as widgets
import matplotlib.image
import numpy as np


def _png(image: np.ndarray, zoom: int) -> bytes:
    """Encode a grey image with values in [0, 1] as PNG, every pixel ``zoom`` times as large."""
    large = np.kron(np.clip(image, 0, 1), np.ones((zoom, zoom)))
    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, large, cmap="gray", vmin=0, vmax=1, format="png")
    return buffer.getvalue()


def explore_codes(
    decode: Callable[[np.ndarray], np.ndarray],
    codes: np.ndarray,
    units: Sequence[int],
    names: Sequence[str] | None = None,
    zoom: int = 7,
) -> widgets.Widget:
    """Move through a code with sliders and watch the decoded picture.

    Args:
        decode: maps a code ``(1, d)`` to an image ``(height, width)`` with values in [0, 1].
        codes: codes ``(n, d)`` of real pictures to start from; the sliders span their values.
        units: which entries of the code get a slider.
        names: labels of the sliders; ``code 3`` and the like by default.
        zoom: screen pixels per image pixel.
    """
    codes = np.asarray(codes, dtype="float32")
    if codes.ndim != 2 or len(codes) == 0:
        raise ValueError(f"expected codes of shape (n, d), got {codes.shape}")
    start = widgets.BoundedIntText(0, min=0, max=len(codes) - 1, description="picture")
    sliders = [
        widgets.FloatSlider(
            value=float(codes[0, unit]),
            min=float(codes[:, unit].min()),
            max=float(codes[:, unit].max()),
            step=float(np.ptp(codes[:, unit])) / 200 or 0.01,
            description=(names[k] if names else f"code {unit}"),
            continuous_update=True,
            readout_format=".1f",
        )
        for k, unit in enumerate(units)
    ]
    picture = widgets.Image(format="png", width=28 * zoom, height=28 * zoom)
    picture.add_class("course-explorer-picture")

    def draw(*_):
        code = codes[start.value].copy()
        for unit, slider in zip(units, sliders, strict=True):
            code[unit] = slider.value
        picture.value = _png(np.asarray(decode(code[None])), zoom)

    def restart(*_):
        for unit, slider in zip(units, sliders, strict=True):
            slider.value = float(codes[start.value, unit])
        draw()

    for slider in sliders:
        slider.observe(draw, names="value")
    start.observe(restart, names="value")
    draw()
    return widgets.HBox([picture, widgets.VBox([start, *sliders])])
