"""How a figure is shown and saved: a picture with words for it, of a size that suits a laptop."""

import base64
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

SMALL = 60_000  # bytes: a lesson carries the picture of its header within it


class Picture:
    """A PNG with its text alternative and a laptop's size; shows itself in a notebook."""

    def __init__(self, fig: Figure, alt: str):
        self.png, self.alt = _png(fig, zoom=2), alt
        self.width = round(fig.get_figwidth() * fig.dpi)

    def _repr_mimebundle_(self, include=None, exclude=None):
        # by hand: IPython 7, which Colab has, knows no alt text for its own Image
        data = {"image/png": base64.b64encode(self.png).decode(), "text/plain": self.alt}
        return data, {"image/png": {"width": self.width, "alt": self.alt}}


class Film(Picture):
    """An animated PNG of figures of one size; a viewer that knows none shows the last figure."""

    def __init__(self, figures: Iterable[Figure], alt: str, seconds: float):
        frames = []
        for fig in figures:
            frames.append(Image.open(io.BytesIO(_png(fig, zoom=1))).convert("RGB"))
            plt.close(fig)
        if not frames:
            raise ValueError("a film needs at least one figure")
        if len({frame.size for frame in frames}) > 1:
            raise ValueError("the figures of a film must have one size")
        frames = _with_one_palette(frames)
        times = [round(1000 * seconds)] * len(frames)
        times[-1] *= 6  # a rest on the last one
        buffer = io.BytesIO()
        frames[-1].save(
            buffer, format="PNG", save_all=True, append_images=frames, default_image=True,
            duration=times, loop=0,
        )  # fmt: skip
        self.png, self.alt, self.width = buffer.getvalue(), alt, frames[0].size[0]


def _fewer_colors(image: Image.Image, colors: int) -> Image.Image:
    # "maximum coverage" keeps a rare colour, which the usual median cut gives to a frequent one
    return image.quantize(
        colors, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE
    )


def _with_one_palette(frames: list[Image.Image]) -> list[Image.Image]:
    """The frames with 256 colours, the same for all: what does not change keeps its colour."""
    width, height = frames[0].size
    strip = Image.new("RGB", (width, height * len(frames)))
    for k, frame in enumerate(frames):
        strip.paste(frame, (0, k * height))
    strip = _fewer_colors(strip, 256).convert("RGB")
    return [strip.crop((0, k * height, width, (k + 1) * height)) for k in range(len(frames))]


def _png(fig: Figure, zoom: float) -> bytes:
    # on white: black text is legible in JupyterLab's dark theme, too
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=zoom * fig.dpi, facecolor="white")
    return buffer.getvalue()


def _attempts(fig: Figure) -> Iterator[bytes]:
    """The figure as PNGs with ever fewer colours and pixels."""
    for zoom in (1, 0.85, 0.7, 0.55, 0.4, 0.25):
        image = Image.open(io.BytesIO(_png(fig, zoom))).convert("RGB")
        for colors in (None, 256, 128, 48, 16):
            buffer = io.BytesIO()
            few = _fewer_colors(image, colors) if colors else image
            few.save(buffer, format="PNG", optimize=True)
            yield buffer.getvalue()


def small_png(fig: Figure, limit: int = SMALL) -> bytes:
    """A figure as PNG of at most ``limit`` bytes, with as many colours and pixels as fit.

    Raises:
        ValueError: not even a small one with 16 colours fits.
    """
    for png in _attempts(fig):
        if len(png) <= limit:
            return png
    raise ValueError(f"the smallest picture of this figure has {len(png)} bytes, not {limit}")


def film(figures: Iterable[Figure], alt: str, seconds: float = 0.25) -> None:
    """Show figures one after another as a moving picture, and close them.

    Args:
        figures: figures of one size; a generator keeps only one of them open at a time.
        alt: what the film shows, for those who cannot see it.
        seconds: time between two figures.

    Raises:
        ValueError: ``alt`` is empty, there is no figure, or the sizes differ.
    """
    if not alt.strip():
        raise ValueError("a film needs alt text: say in a sentence what it shows")
    display(Film(figures, alt, seconds))


def show(fig: Figure, alt: str, name: str | None = None) -> None:
    """Display a figure and close it.

    Args:
        fig: the figure.
        alt: what the figure shows, for those who cannot see it.
        name: file name without suffix; with ``COURSE_FIGURES`` set to a folder the figure is
            also saved there, in at most 60 KB (the picture in a lesson's header comes from there).

    Raises:
        ValueError: ``alt`` is empty.
    """
    if not alt.strip():
        raise ValueError("a figure needs alt text: say in a sentence what it shows")
    folder = os.environ.get("COURSE_FIGURES")
    if name and folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(small_png(fig))
    display(Picture(fig, alt))
    plt.close(fig)
