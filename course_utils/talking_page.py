"""A film with sound in one page: a sheet of all pictures, a WAV file, and a script that joins them.

No video encoder is needed, and nothing is asked of a network: any browser opens the page.
"""

import base64
import html
import json
from pathlib import Path

import numpy as np

from course_utils.content_credentials import add_credentials
from course_utils.framed_page import FramedPage
from course_utils.picture_files import to_png
from course_utils.speech import wav_bytes

COLUMNS = 16  # pictures in a row of the sheet


class TalkingPage(FramedPage):
    """A page with a film; ``sheet`` and ``sound`` are the bytes of the PNG and of the WAV in it."""

    sandbox = "allow-scripts"
    style = "border:0;background:white"
    what = "A film with sound"

    def __init__(self, text: str, title: str, height: int, sheet: bytes, sound: bytes):
        super().__init__(text, title, height)
        self.sheet, self.sound = sheet, sound


def sprite_sheet(frames: np.ndarray) -> bytes:
    """Pictures ``(n, h, w, 3)`` in [0, 1] as one PNG, 16 in a row, black where none is."""
    n, height, width, _ = frames.shape
    rows = -(-n // COLUMNS)
    sheet = np.zeros((rows * COLUMNS, height, width, 3))
    sheet[:n] = frames
    sheet = sheet.reshape(rows, COLUMNS, height, width, 3).swapaxes(1, 2)
    return to_png(sheet.reshape(rows * height, COLUMNS * width, 3))


def talking_page(
    frames: np.ndarray,
    fps: float,
    sound: np.ndarray,
    rate: int,
    *,
    title: str,
    alt: str,
    label: str = "generated",
    note: str = "",
    height: int = 420,
) -> TalkingPage:
    """A page that plays pictures to a sound, with a label on the picture.

    The sheet carries content credentials (C2PA) that say that a model made it.

    Args:
        frames: ``(n, h, w, 3)`` in [0, 1].
        fps: pictures a second.
        sound: ``(m,)`` in [-1, 1]; a picture more or less than its length is refused.
        rate: values of the sound a second.
        title: of the page, and of the credentials.
        alt: what the film shows, for those who do not see it.
        label: stands on the picture all the time.
        note: below the film, for instance whose consent was given.
        height: of the frame in a notebook, in CSS pixels.

    Raises:
        ValueError: film and sound differ in length by more than one picture, or no label.
    """
    if abs(len(frames) / fps - len(sound) / rate) > 1 / fps + 1e-9:
        lengths = f"{len(frames) / fps:.2f} s of pictures, {len(sound) / rate:.2f} s of sound"
        raise ValueError(f"film and sound are not equally long: {lengths}")
    if not label.strip():
        raise ValueError("a film of a character that was made needs its label")
    sheet, file = add_credentials(sprite_sheet(frames), title), wav_bytes(sound, rate)
    film = {"frames": len(frames), "fps": fps, "columns": COLUMNS}
    film["sheet"] = base64.b64encode(sheet).decode()
    text = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")
    for place, part in (
        ("TITLE_HERE", html.escape(title)),
        ("ALT_HERE", html.escape(alt)),
        ("LABEL_HERE", html.escape(label)),
        ("NOTE_HERE", html.escape(note)),
        ("WIDTH_HERE", str(frames.shape[2])),
        ("HEIGHT_HERE", str(frames.shape[1])),
        ("SOUND_HERE", base64.b64encode(file).decode()),
        ("FILM_HERE", json.dumps(film)),
    ):
        text = text.replace(place, part)
    return TalkingPage(text, title, height, sheet, file)
