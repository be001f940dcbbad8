"""Small interactive explorers for lessons (ipywidgets, anywidget)."""

import json
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget
import ipywidgets as widgets
import matplotlib.colors
import matplotlib.pyplot as plt
import numpy as np
import traitlets
from PIL import Image

from course_utils.picture_files import png_address, to_png


def _png(image: np.ndarray, zoom: int) -> bytes:
    """Encode an image with values in [0, 1] as PNG, every pixel ``zoom`` times as large."""
    return to_png(np.clip(image, 0, 1).repeat(zoom, axis=0).repeat(zoom, axis=1))


def explore_codes(
    decode: Callable[[np.ndarray], np.ndarray],
    codes: np.ndarray,
    units: Sequence[int],
    names: Sequence[str] | None = None,
    zoom: int = 7,
) -> widgets.Widget:
    """Move through a code with sliders and watch the decoded picture.

    Args:
        decode: maps a code ``(1, d)`` to an image ``(height, width)`` or ``(height, width, 3)``
            with values in [0, 1].
        codes: codes ``(n, d)`` of real pictures to start from; the sliders span their values.
        units: which entries of the code get a slider.
        names: labels of the sliders; ``code 3`` and the like by default.
        zoom: screen pixels per image pixel.
    """
    codes = np.asarray(codes, dtype="float32")
    if codes.ndim != 2 or len(codes) == 0:
        raise ValueError(f"expected codes of shape (n, d), got {codes.shape}")
    labels = list(names or [f"code {unit}" for unit in units])
    room = max([80, *(8 * len(label) for label in labels)])  # pixels: long labels would be cut off
    wide = {
        "style": {"description_width": f"{room}px"},
        "layout": widgets.Layout(width=f"{room + 220}px"),
    }
    start = widgets.BoundedIntText(0, min=0, max=len(codes) - 1, description="picture", **wide)
    sliders = [
        widgets.FloatSlider(
            value=float(codes[0, unit]),
            min=float(codes[:, unit].min()),
            max=float(codes[:, unit].max()),
            step=float(np.ptp(codes[:, unit])) / 200 or 0.01,
            description=label,
            continuous_update=True,
            readout_format=".1f",
            **wide,
        )
        for label, unit in zip(labels, units, strict=True)
    ]
    height, width = np.shape(decode(codes[:1]))[:2]
    picture = widgets.Image(format="png", width=width * zoom, height=height * zoom)
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


class PlaneExplorer(anywidget.AnyWidget):
    """A plane of codes with a handle; see :func:`explore_plane`.

    Set ``point`` and ``image`` follows: the decoded picture, one byte a pixel.
    """

    _esm = Path(__file__).with_name("explore_plane.js")
    point = traitlets.List(traitlets.Float(), [0.0, 0.0], minlen=2, maxlen=2).tag(sync=True)
    image = traitlets.Bytes().tag(sync=True)
    shape = traitlets.List(traitlets.Int(), [28, 28]).tag(sync=True)
    extent = traitlets.Float(3.0).tag(sync=True)
    zoom = traitlets.Int(9).tag(sync=True)
    dots = traitlets.List().tag(sync=True)
    colors = traitlets.List().tag(sync=True)
    axis_names = traitlets.List().tag(sync=True)

    def __init__(self, decode: Callable[[np.ndarray], np.ndarray], **traits):
        super().__init__(**traits)
        self._decode = decode
        self._draw()
        self.observe(self._draw, names="point")

    @traitlets.validate("point")
    def _stay_inside(self, proposal):
        return [float(np.clip(v, -self.extent, self.extent)) for v in proposal["value"]]

    def _draw(self, *_):
        code = np.array([self.point], dtype="float32")
        image = np.asarray(self._decode(code), dtype=float)
        image = image.reshape(image.shape[-2:])
        grey = np.round(255 * np.clip(image, 0, 1)).astype("uint8")
        with self.hold_sync():
            self.shape = list(image.shape)
            self.image = grey.tobytes()


def explore_plane(
    decode: Callable[[np.ndarray], np.ndarray],
    codes: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    extent: float = 3.0,
    start: tuple[float, float] = (0.0, 0.0),
    axis_names: tuple[str, str] = ("latent dimension 1", "latent dimension 2"),
    zoom: int = 9,
) -> PlaneExplorer:
    """Drag a handle in a plane of codes, by mouse, finger or arrow keys, and watch the picture.

    Args:
        decode: maps a code ``(1, 2)`` to an image ``(height, width)`` or ``(1, height, width)``
            with values in [0, 1].
        codes: codes ``(n, 2)`` of real pictures, to be shown in the plane.
        labels: their integer classes ``(n,)``, shown as coloured glyphs.
        extent: the plane goes from ``-extent`` to ``extent`` on both axes.
        start: where the handle is at first.
        axis_names: what the axes are called.
        zoom: screen pixels per image pixel.
    """
    codes = np.zeros((0, 2)) if codes is None else np.asarray(codes, dtype=float)
    if codes.ndim != 2 or codes.shape[1] != 2:
        raise ValueError(f"a plane needs codes of shape (n, 2), got {codes.shape}")
    labels = np.full(len(codes), -1) if labels is None else np.asarray(labels)
    if len(labels) != len(codes):
        raise ValueError(f"{len(codes)} codes, but {len(labels)} labels")
    turbo = plt.get_cmap("turbo")(np.linspace(0.05, 0.95, 10))
    return PlaneExplorer(
        decode,
        extent=float(extent),
        point=[float(v) for v in start],
        zoom=zoom,
        dots=[
            [round(float(x), 3), round(float(y), 3), int(label)]
            for (x, y), label in zip(codes, labels, strict=True)
        ],
        colors=[matplotlib.colors.to_hex(color) for color in turbo],
        axis_names=list(axis_names),
    )


class NeighbourExplorer:
    """Pictures to click, with their nearest others; see :func:`explore_neighbours`."""

    def __init__(self, data: dict):
        self.data = data

    def _repr_mimebundle_(self, include=None, exclude=None):
        code = Path(__file__).with_name("explore_neighbours.js").read_text(encoding="utf-8")
        name = f"course-neighbours-{uuid.uuid4().hex}"
        data = json.dumps(self.data, separators=(",", ":")).replace("</", "<\\/")
        page = (
            f'<div id="{name}" style="background:white;color:black;padding:6px"></div>'
            f"<script>(() => {{ {code}\n"
            f'exploreNeighbours(document.getElementById("{name}"), {data}); }})();</script>'
        )
        return {"text/html": page, "text/plain": "Pictures to click, with their nearest others."}


def explore_neighbours(
    pictures: np.ndarray,
    nearest: np.ndarray,
    names: Sequence[str],
    labels: np.ndarray,
    columns: int = 26,
    rows: int = 8,
    start: int = 0,
) -> NeighbourExplorer:
    """Click a picture and see its nearest others. It goes on working without a kernel.

    Args:
        pictures: grey ``(n, height, height)``, values in [0, 1], 0 black.
        nearest: integers ``(n, k)``: for each picture the numbers of its nearest, in order.
        names: n words, shown below the pictures.
        labels: ``(n,)``; a nearest picture with another label is marked as wrong.
        columns: pictures in a row of the table to click.
        rows: of a page of the table.
        start: the picture that is chosen at first.
    """
    pictures, nearest, labels = np.asarray(pictures), np.asarray(nearest), np.asarray(labels)
    n = len(pictures)
    if not (len(nearest) == len(names) == len(labels) == n):
        counts = f"{len(nearest)} rows of neighbours, {len(names)} names, {len(labels)} labels"
        raise ValueError(f"{n} pictures, but {counts}")
    across, size = 52, pictures.shape[1]
    padded = np.ones((-(-n // across) * across, size, size))
    padded[:n] = np.clip(pictures, 0, 1)
    sheet = padded.reshape(-1, across, size, size).transpose(0, 2, 1, 3).reshape(-1, across * size)
    few = Image.fromarray(np.round(255 * sheet).astype("uint8")).quantize(16)
    same = labels[nearest] == labels[:, None]
    return NeighbourExplorer(
        {
            "sprite": png_address(few),
            "size": size,
            "across": across,
            "columns": columns,
            "rows": rows,
            "names": list(names),
            "nearest": nearest.tolist(),
            "right": ["".join("01"[int(one)] for one in row) for row in same],
            "start": int(start),
        }
    )
