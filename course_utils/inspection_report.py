"""What was found in a folder of parts, on one page that needs nothing else."""

import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from PIL import Image
from scipy import ndimage

from course_utils.framed_page import FramedPage
from course_utils.inspection import Costs, Inspection, inspect_parts
from course_utils.inspection_folder import read_inspection_folder
from course_utils.parts import GOOD, write_parts
from course_utils.picture_files import png_address

SHOWN = 192  # pixels: of the longer side of a picture on the page


def _png(picture: np.ndarray) -> str:
    """A picture, uint8, as the address of an image."""
    image = Image.fromarray(picture)
    factor = SHOWN / max(image.size)
    if factor < 1:
        size = [max(1, round(side * factor)) for side in image.size]
        image = image.resize(size, Image.Resampling.LANCZOS)
    return png_address(image)


def _glowing(picture: np.ndarray, heat_map: np.ndarray, low: float, high: float) -> np.ndarray:
    """The picture in grey, under the colours of its heat map where this is above ``low``."""
    warmth = np.clip((heat_map - low) / (high - low), 0, 1)
    grey = np.repeat(picture.mean(axis=-1, keepdims=True), 3, axis=-1)
    colors = 255 * colormaps["inferno"](0.25 + 0.75 * warmth)[..., :3]
    share = 0.85 * warmth[..., None] ** 0.7
    return np.rint((1 - share) * 0.8 * grey + share * colors).astype("uint8")


def _outlined(picture: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """The picture with a line around what the mask marks."""
    if mask is None or not mask.any():
        return picture
    line = ndimage.binary_dilation(mask, iterations=2) & ~ndimage.binary_dilation(mask)
    return np.where(line[..., None], np.array([86, 180, 233], "uint8"), picture)


def _where(heat_map: np.ndarray) -> str:
    """Where a map is highest, in words."""
    row, column = np.unravel_index(np.argmax(heat_map), heat_map.shape)
    height, width = heat_map.shape
    rows, columns = ("upper", "middle", "lower"), ("left", "centre", "right")
    return f"{rows[int(3 * row / height)]} {columns[int(3 * column / width)]}"


def _card(found: Inspection, k: int, low: float, high: float) -> str:
    folder, heat_map = found.folder, found.maps[k]
    mask = None if folder.masks is None else folder.masks[k]
    kind, name = str(folder.kinds[k]), html.escape(folder.names_test[k])
    alarm = bool(found.alarms[k])
    word = "Alarm" if alarm else "Passed"
    truth = "a good part" if kind == GOOD else f"a defect: {kind}"
    marked = ", its defect outlined in blue" if mask is not None and mask.any() else ""
    seen = f"{word}, score {found.scores[k]:.2f}; warmest at the {_where(heat_map)}"
    use = "judged" if found.judged[k] else "used to choose the threshold"
    alts = [f"The part {folder.names_test[k]}{marked}", f"Its heat map: {seen}"]
    images = [_outlined(folder.test[k], mask), _glowing(folder.test[k], heat_map, low, high)]
    pair = "".join(
        f'<img src="{_png(image)}" alt="{html.escape(alt)}">'
        for image, alt in zip(images, alts, strict=True)
    )
    return (
        f'<li class="{"alarm" if alarm else "pass"}"><h3>{name}</h3><div class="pair">{pair}</div>'
        f'<p class="small"><b>{word}</b>, score {found.scores[k]:.2f}. By its folder: '
        f"{html.escape(truth)}; {use}.</p></li>"
    )


def _words(found: Inspection) -> list[str]:
    """The result in sentences."""
    folder, costs = found.folder, found.costs
    bad = folder.kinds != GOOD
    rows = found.judged
    lines = [
        f"Learnt from {len(folder.train)} good parts in {found.seconds_learning:.1f} s. "
        f"{len(folder.test)} parts of test/ inspected, {found.milliseconds:.0f} ms each (median); "
        f"{int(found.alarms.sum())} raise an alarm.",
        f"The threshold is {found.threshold:.2f}. It was chosen on {int((~rows).sum())} of these "
        f"parts, and is judged on the other {int(rows.sum())}: {int(bad[rows].sum())} bad "
        f"({int((found.alarms & bad & rows).sum())} found), {int((~bad[rows]).sum())} good ones "
        f"({int((found.alarms & ~bad & rows).sum())} false alarms).",
    ]
    if "expected cost of a part" in found.measures:
        always, never = costs.of(0, 1), costs.of(1, 0)
        lines.append(
            f"If {100 * costs.rate:g} % of all parts are bad, a miss costs {costs.miss:g} and a "
            f"false alarm {costs.alarm:g}, a part costs "
            f"{found.measures['expected cost of a part']:.3f}; {always:.3f} with an alarm for each "
            f"part, {never:.3f} without any."
        )
    return lines + [f"Note: {note}." for note in folder.notes]


def inspection_page(found: Inspection) -> FramedPage:
    """The page: sentences, a table of measures, and a card for each part, highest score first."""
    title = f"Inspection of {found.folder.folder.name}"
    sound = found.maps[found.folder.kinds == GOOD]
    low = float(np.median(sound if len(sound) else found.maps))
    high = max(found.threshold, low + 1e-6) + 0.5 * max(found.threshold - low, 1e-6)
    order = np.argsort(-found.scores, kind="stable")
    cards = "\n".join(_card(found, k, low, high) for k in order)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{value:.3f}</td></tr>'
        for name, value in found.measures.items()
    )
    words = "".join(f"<p>{html.escape(line)}</p>" for line in _words(found))
    table = f"<h2>Measures on the judged parts</h2><table>{rows}</table>" if rows else ""
    style = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    text = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body><main>"
        f"<h1>{html.escape(title)}</h1>{words}{table}<h2>Parts, the most unusual first</h2>"
        f'<ul class="parts">{cards}</ul></main></body></html>\n'
    )
    return FramedPage(text, title, height=620)


def inspect_folder(
    folder: Path, to: Path, costs: Sequence[float], size: int, draw: str | None = None
) -> list[str]:
    """Read, inspect, write the page; returns what to print.

    Args:
        folder: in the layout of MVTec AD.
        to: the page's file.
        costs: of a miss, of a false alarm, and the share of bad parts.
        size: the longer side of a picture.
        draw: the part to draw, if there is no such folder yet and it is the default one.

    Raises:
        DataError: the folder is laid out otherwise, or a file in it is damaged.
        ValueError: costs that are not possible.
    """
    costs = Costs(*costs)
    if draw and not folder.exists() and folder == Path("artifacts", "parts", draw):
        write_parts(folder, draw)
    found = inspect_parts(read_inspection_folder(folder, size), costs)
    inspection_page(found).save(to)
    measured = [f"{name}: {value:.3f}" for name, value in found.measures.items()]
    return [*_words(found), *measured, f"wrote {to}"]
