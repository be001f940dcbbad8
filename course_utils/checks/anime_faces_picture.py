"""Checks of lesson 61: from a picture file to a square."""

import functools
import io

import numpy as np
from PIL import Image

from course_utils import check

# top left, top right, bottom left, bottom right of the middle square; its frame; the margins beside it
COLOURS = np.array([[230, 40, 60], [30, 160, 90], [60, 90, 220], [240, 210, 30], [20, 200, 200], [120, 20, 150]])
GREYS = np.array([20, 90, 160, 70, 190, 230])
FRAME = 0.25  # its width, as a part of the square
OPACITY = [255, 128, 255, 0, 255, 255]
AREAS = ("top left", "top right", "bottom left", "bottom right", "frame around the middle", "margin outside the square")
LUMA = np.array([0.299, 0.587, 0.114])


def _areas(height: int, width: int) -> np.ndarray:
    """The number of the area that each pixel belongs to."""
    side = min(height, width)
    rows = (np.arange(height)[:, None] - (height - side) // 2 + 0.5) / side
    columns = (np.arange(width)[None] - (width - side) // 2 + 0.5) / side
    number = 2 * (rows >= 0.5) + (columns >= 0.5)
    from_edge = np.minimum(np.minimum(rows, 1 - rows), np.minimum(columns, 1 - columns))
    number = np.where(from_edge < FRAME, 4, number)
    return np.where(from_edge < 0, 5, number)


def picture_file(mode: str, height: int, width: int, kind: str = "PNG") -> tuple[bytes, np.ndarray]:
    """A file with a frame and four colours in its middle square, and its values (height, width, 4), 0 to 255.

    Args:
        mode: of Pillow; with "RGBA", "LA" and "P" the bottom right is transparent, the top right by half.
        height: in pixels, and width.
        width: likewise.
        kind: of the file.
    """
    number = _areas(height, width)
    rgb = COLOURS[number]
    if mode in ("L", "LA"):
        rgb = np.repeat(GREYS[number][..., None], 3, axis=2)
    alpha = np.array(OPACITY)[number] if mode in ("RGBA", "LA", "P") else np.full(number.shape, 255)
    values = np.concatenate([rgb, alpha[..., None]], axis=2).astype("uint8")
    image = Image.fromarray(values)
    options = {}
    if mode == "P":
        image = Image.fromarray(number.astype("uint8"), "P")
        image.putpalette(COLOURS.astype("uint8").tobytes())
        options = {"transparency": bytes(OPACITY)}
    else:
        image = image.convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue(), values


def _square(
    values, size, crop="middle", ground=1.0, scale=1.0, order=(0, 1, 2), turned=False, inverse=False, grey=False,
    hard=False, blank=False,
):  # fmt: skip
    """The square by nearest pixels, with the usual slips as options."""
    rgb, alpha = values[..., :3] / 255, values[..., 3:] / 255
    alpha = alpha > 0 if hard else alpha
    flat = rgb * alpha + ground * (1 - alpha) if ground is not None else rgb
    height, width = flat.shape[:2]
    side = min(height, width)
    top, left = ((height - side) // 2, (width - side) // 2) if crop == "middle" else (0, 0)
    if crop != "squeeze":
        flat = flat[top : top + side, left : left + side]
    at = [((np.arange(size) + 0.5) * n / size).astype(int) for n in flat.shape[:2]]
    found = flat[np.ix_(*at)][..., list(order)]
    found = np.repeat(found @ LUMA[:, None], 3, axis=2) if grey else found
    found = np.ones_like(found) if blank else found
    found = found.transpose(1, 0, 2) if turned else found
    return scale * (1 - found if inverse else found)


SQUARE_SLIPS = {
    "the whole picture was squeezed into a square; cut out the middle square first.": {"crop": "squeeze"},
    "the square was cut out at the top left; take the middle one.": {"crop": "corner"},
    "what is transparent became black; lay it on white.": {"ground": 0.0},
    "the transparency was dropped, so that hidden colours show; lay it on white.": {"ground": None},
    "what is half transparent kept its full colour; mix it with white, half and half.": {"hard": True},
    "all is white: the white picture lies on top. The lower one comes first in alpha_composite.": {"blank": True},
    "the channels are in the order blue, green, red.": {"order": (2, 1, 0)},
    "rows and columns are exchanged.": {"turned": True},
    "dark and bright are exchanged.": {"inverse": True},
    "three channels, but all grey: convert to RGB, not to L.": {"grey": True},
}


def _sure(size: int, side: int) -> np.ndarray:
    """Which of the square's rows are away from all edges, so that every way of scaling agrees."""
    places = (np.arange(size) + 0.5) * side / size
    gaps = np.abs(places[:, None] - side * np.array([FRAME, 0.5, 1 - FRAME])).min(axis=1)
    border = np.minimum(places, side - places)
    return (gaps >= 1.5 * max(1, side / size)) & (border > 0.6 * max(1, side / size))


def _square_array(answer, name: str, size: int) -> np.ndarray:
    """The answer as float32 (size, size, 3) with values from 0 to 1; else a word on its kind."""
    channels = np.shape(answer)[2:] if np.ndim(answer) == 3 else ()
    check.require(
        np.ndim(answer) != 2, f"{name}: a grey picture (height, width); it needs three channels: convert to RGB."
    )
    check.require(
        channels not in ((2,), (4,)),
        f"{name}: the last channel is opacity; lay it on white, then convert to RGB.",
    )
    answer = check.array(answer, name, shape=(size, size, 3))
    check.require(
        answer.max() <= 1.001,
        f"{name}: values up to {answer.max():.4g}; divide by 255, so that they lie in [0, 1].",
    )
    check.require(answer.min() >= -0.001, f"{name}: values down to {answer.min():.4g}; they lie in [0, 1].")
    check.require(
        answer.dtype == np.float32, f"{name}: expected float32 numbers, got {answer.dtype}. Use astype after dividing."
    )
    return answer


def _wrong_area(answer: np.ndarray, right: np.ndarray, number: np.ndarray, half: bool) -> str:
    """The first area of another colour, and whose colour it is."""
    known = [k for k in (0, 2, 3, 1, 4) if (number == k).any()]  # half transparent late
    colours = {k: np.median(right[number == k], axis=0) for k in known}
    for k in known:
        found = np.median(answer[number == k], axis=0)
        gaps = np.abs(answer[number == k] - colours[k]).max(axis=-1)
        if np.median(gaps) < 0.05:
            continue
        kind = {1: " (half transparent)", 3: " (transparent)"}.get(k, "") * half
        like = [AREAS[j] for j in known if j != k and np.abs(colours[j] - found).max() < 0.05]
        words = (
            f"the colour (red, green, blue) of the {AREAS[k]}{kind} is {_colour(found)}, expected {_colour(colours[k])}"
        )
        return f"{words}; that is the colour of the {like[0]}" if like else words
    return "the areas have their colours, but they do not end where they should: is another part cut out?"


def _colour(rgb) -> str:
    return f"[{', '.join(f'{v:.3f}' for v in rgb)}]"


def _has_bands(answer: np.ndarray, height: int, width: int) -> bool:
    """Whether the whole picture is there, between two white or black bands, as wide as that needs."""
    rows = answer if width > height else answer.transpose(1, 0, 2)
    inside = int(np.ceil(len(rows) * (1 - min(height, width) / max(height, width)) / 2)) + 1
    ends = rows[[0, -1]]
    plain = np.ptp(ends) < 0.02 and abs(ends.mean() - 0.5) > 0.48
    return width != height and plain and np.ptp(rows[inside]) > 0.1


def _check_exact(square_picture, size: int) -> None:
    """A picture of one colour keeps it, and a picture of the right height needs no scaling."""
    plain = np.zeros((size + 4, size, 4), "uint8") + np.array([250, 130, 17, 255], "uint8")
    noise = np.random.default_rng(size).integers(0, 256, (size, size + 6, 4)).astype("uint8")
    noise[..., 3] = 255
    for name, values in (
        ("a picture of one colour, (250, 130, 17)", plain),
        (f"a picture of {size + 6} x {size} pixels at size {size}, which is cut and not scaled", noise),
    ):
        file = io.BytesIO()
        Image.fromarray(values).convert("RGB").save(file, "PNG")
        answer = _square_array(check.call(square_picture, file.getvalue(), size), name, size)
        right, whole = _square(values, size), values[..., :3] / 255
        places = {
            "the square stands at the left end; take the middle.": whole[:size, :size],
            "the square stands at the right end; take the middle.": whole[-size:, -size:],
            "it is one pixel too far to the left.": whole[:size, 2 : size + 2],
            "it is one pixel too far to the right.": whole[:size, -size - 2 : -2],
            "left and right are exchanged.": right[:, ::-1],
            "top and bottom are exchanged.": right[::-1],
        }

        def words(answer=answer, right=right):
            if np.ptp(right.reshape(-1, 3), axis=0).max() == 0:
                return f"it becomes {_colour(answer.mean(axis=(0, 1)))}, expected {_colour(right[0, 0])}"
            return "details are lost, as by scaling twice" if answer.std() < 0.9 * right.std() else ""

        mistakes = places if values is noise else {}
        check.close(answer, right, name, rtol=0, atol=2e-3, mistakes=mistakes, otherwise=words)


def check_square(square_picture, mode: str, height: int, width: int, size: int, kind: str = "PNG") -> None:
    """Compare the square of a file with areas of known colours, away from their edges."""
    data, values = picture_file(mode, height, width, kind)
    name = f"a {mode} file of {width} x {height} pixels at size {size}"
    answer = _square_array(check.call(square_picture, data, size), name, size)
    sure = _sure(size, min(height, width))
    at = np.ix_(sure, sure)

    def formula(**slips):
        return _square(values, size, **slips)[at]

    right = formula()
    mistakes = {m: v for m, v in check.slips(formula, SQUARE_SLIPS).items() if np.abs(v - right).max() > 0.15}
    whole, near = _square(values, size), [size // 2 - 2, size // 2 + 1]
    zoomed = np.abs(answer[np.ix_([1, -2], [1, -2])] - whole[np.ix_(near, near)]).max() < 0.1
    check.require(not zoomed, f"{name}: only the inner part of the square is there; scale the whole square.")
    check.require(
        not _has_bands(answer, height, width),
        f"{name}: the whole picture is there, with bands beside it; cut out the middle square.",
    )
    atol = 0.07 if size <= min(height, width) else 0.12  # sharp filters overshoot more
    number = _square(np.repeat(_areas(height, width)[..., None], 4, axis=2) * [1, 1, 1, 0], size, ground=None)[at]
    number = np.rint(255 * number[..., 0]).astype(int)
    for words, twice in (
        ("divided by 255 twice.", right),
        ("these are the palette's numbers; convert the picture first.", number[..., None]),
    ):
        check.require(not np.allclose(255 * answer[at], twice, atol=0.15), f"{name}: {words}")
    words = functools.partial(_wrong_area, answer[at], right, number, mode in ("RGBA", "LA", "P"))
    check.close(answer[at], right, name, rtol=0, atol=atol, mistakes=mistakes, otherwise=words)
    _check_exact(square_picture, size)
