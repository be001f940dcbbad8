"""Faces that speak, blink and tilt: characters whose mouth and eyelids are drawn anew.

The characters are those of :func:`course_utils.data.load_characters`, style pixel-art. Their own
mouths cannot open by degrees, so each is painted over, and a mouth of a known opening drawn.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.characters import COLORS, load_characters

LIPS, INSIDE, LASHES = (np.array(rgb) / 255 for rgb in ((208, 96, 94), (84, 28, 40), (60, 44, 48)))
TILT = 10.0  # degrees, the most to each side


@dataclass(frozen=True)
class Puppets:
    """Pictures float32 in [0, 1], ``(n, 32, 32, 3)``, and what is known of each.

    ``pose`` ``(n, 3)``: mouth from 0 (closed) to 1 (open), blink from 0 (eyes open) to 1
    (closed), tilt from -1 to 1 (10 degrees clockwise). ``colours`` ``(n, 2)``: the luminance of
    hair and skin, from 0 to 1. No character stands in more than one part.
    """

    x_train: np.ndarray
    pose_train: np.ndarray
    colours_train: np.ndarray
    x_test: np.ndarray
    pose_test: np.ndarray
    colours_test: np.ndarray


def load_puppets(n: int = 2000, poses: int = 2, seed: int = 0) -> Puppets:
    """Characters without glasses, each in several random poses: about 0.56 n for training.

    Args:
        n: characters drawn, those with glasses included.
        poses: of each character.
        seed: of the characters and of the poses.
    """
    import pandas as pd

    characters = load_characters("pixel-art", 48, n, seed)
    rng, found = np.random.default_rng(seed), []
    unseen = np.concatenate([characters.x_val, characters.x_test])
    unseen_factors = pd.concat([characters.factors_val, characters.factors_test])
    for x, factors in (
        (characters.x_train, characters.factors_train),
        (unseen, unseen_factors),
    ):
        bare = (factors["glasses"] == "none").to_numpy()
        x, factors = np.repeat(x[bare], poses, axis=0), factors[bare]
        colours = np.stack([_rgb(factors, "hair_color"), _rgb(factors, "skin")], axis=1)
        pose = rng.uniform([0, 0, -1], 1, (len(x), 3)).astype("float32")
        # two in five have their eyes wide open
        pose[:, 1] = np.where(rng.random(len(x)) < 0.4, 0, pose[:, 1])
        luminance = np.repeat(colours @ [0.299, 0.587, 0.114], poses, axis=0)
        found += [draw_poses(x, pose), pose, luminance.astype("float32")]
    return Puppets(*found)


def draw_poses(x: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Characters ``(n, 48, 48, 3)`` in poses ``(n, 3)``, ``(n, 32, 32, 3)``."""
    from scipy import ndimage

    pictures = np.array([_draw(*one) for one in zip(x, pose, strict=True)])
    for k, tilt in enumerate(pose[:, 2]):
        pictures[k] = ndimage.rotate(
            pictures[k], -TILT * tilt, reshape=False, order=1, mode="nearest"
        )
    return pictures[:, 9:41, 8:40].clip(0, 1).astype("float32")


def _draw(x: np.ndarray, pose: np.ndarray) -> np.ndarray:
    mouth, blink, _ = pose
    rows, columns = np.mgrid[:48, :48] + 0.5
    x = x.copy()
    skin = x[22, 24].copy()  # between the eyes
    x[24:36, 15:33] = skin  # all mouths of the style lie here

    def paint(share, rgb):
        x[:] += share[..., None] * (rgb - x)

    def ellipse(height, width):
        away = np.hypot((rows - 30) / height, (columns - 24) / width)
        return ((1 - away) * min(height, width) + 0.5).clip(0, 1)

    paint(ellipse(1 + 4.2 * mouth, 6), LIPS)
    if mouth > 0.02:
        paint(ellipse(4.2 * mouth, 5) * min(1, 5 * mouth), INSIDE)
    lid = 15 + 9 * blink
    across = ((columns > 12) & (columns < 21)) | ((columns > 27) & (columns < 36))
    paint(((lid - rows + 0.5).clip(0, 1) * (rows > 15)) * across * (blink > 0), 0.94 * skin)
    paint(
        (1.5 - np.abs(lid - 1 - rows)).clip(0, 1) * (rows > 15) * across * min(1, 3 * blink), LASHES
    )
    return x


def _rgb(factors, name: str) -> np.ndarray:
    values = [COLORS[name][one][1:] for one in factors[name]]
    return np.array([[int(one[k : k + 2], 16) / 255 for k in (0, 2, 4)] for one in values])
