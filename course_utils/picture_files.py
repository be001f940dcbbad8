"""Pictures as files: PNG with text chunks, and what JPEG leaves of a picture."""

import base64
import io
import struct
import zlib

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PNG_HEAD = 33  # bytes of the signature and of the first chunk, which must stay in front


def as_bytes(pictures: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as whole numbers from 0 to 255."""
    return np.round(255 * np.clip(pictures, 0, 1)).astype("uint8")


def as_stored(pictures: np.ndarray) -> np.ndarray:
    """Pictures in [0, 1], float32, rounded to the 256 levels of a file."""
    return as_bytes(pictures).astype("float32") / 255


def through_jpeg(pictures: np.ndarray, quality: int) -> np.ndarray:
    """What is left of pictures ``(n, height, width, 3)`` in [0, 1], float32, after JPEG.

    Args:
        pictures: values outside [0, 1] are cut off.
        quality: Pillow's, 1 to 95.
    """
    found = []
    for x in as_bytes(pictures):
        file = io.BytesIO()
        Image.fromarray(x).save(file, "JPEG", quality=quality)
        with Image.open(file) as image:
            found.append(np.asarray(image))
    return np.array(found, dtype="float32").reshape(np.shape(pictures)) / 255


def to_png(picture: np.ndarray, text: dict[str, str] | None = None) -> bytes:
    """A PNG file of a picture in [0, 1], with text chunks by name.

    Args:
        picture: ``(height, width, 3)``, or grey ``(height, width)``.
        text: name -> content.
    """
    chunks, file = PngInfo(), io.BytesIO()
    for name, content in (text or {}).items():
        chunks.add_text(name, content)
    Image.fromarray(as_bytes(picture)).save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def png_address(picture: Image.Image | np.ndarray) -> str:
    """A picture (Pillow's, or an array of uint8) as an address that holds it."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def from_png(data: bytes) -> tuple[np.ndarray, dict[str, str]]:
    """Pixels, uint8 ``(height, width, 3)``, and the text chunks of a PNG file."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return np.asarray(image.convert("RGB")), dict(image.text)


def saved_again(data: bytes) -> bytes:
    """The file as an image program writes it that knows nothing of credentials."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(data)) as image:
        image.save(file, "PNG")
    return file.getvalue()


def as_displayed(data: bytes) -> bytes:
    """The PNG that a notebook keeps where a cell displays the file as a picture of Pillow."""
    with Image.open(io.BytesIO(data)) as image:
        return image._repr_png_()


def with_text_chunk(data: bytes, name: str, content: str) -> bytes:
    """A PNG file with one more text chunk, all other bytes as they were."""
    kind, body = b"tEXt", name.encode("latin-1") + b"\0" + content.encode("latin-1")
    checksum = zlib.crc32(kind + body)
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)
    return data[:PNG_HEAD] + chunk + data[PNG_HEAD:]
