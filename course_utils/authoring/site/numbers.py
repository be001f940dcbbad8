"""What the demos of the pages compute with, taken from a lesson's names after its last cell.

Each function gets these names as attributes and returns the demo's data (JSON) and a check: pairs
of a place and what the lesson's network gives there, which a test holds against the page.
"""

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scipy.stats import norm

from course_utils.picture_files import as_bytes, png_address


def _halves(array) -> str:
    return base64.b64encode(np.asarray(array, "<f2").tobytes()).decode()


def _rgba(picture: np.ndarray) -> list[int]:
    """Bytes (h, w, 3) or (h, w) as a canvas gives them back."""
    color = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    full = np.full((*color.shape[:2], 1), 255, dtype="uint8")
    return np.concatenate([color, full], axis=2).ravel().tolist()


def plane(lesson) -> tuple[dict, list]:
    """Lesson 31: the decoder of two latent dimensions, with a map of what it decodes."""
    layers = [
        {"kernel": _halves(one.kernel), "bias": _halves(one.bias)}
        | {"activation": one.activation.__name__}
        for one in lesson.vae_2.decoder.layers
    ]
    layers[-1]["activation"] = "sigmoid"  # the lesson applies it to the decoder's logits
    extent, n = 2.5, 15
    axis = (np.arange(n) + 0.5) / n * 2 * extent - extent
    x, y = np.meshgrid(axis, axis[::-1])
    tiles = lesson.decode_2(np.stack([x, y], axis=-1).reshape(-1, 2)).reshape(n, n, 28, 28)
    sheet = tiles.transpose(0, 2, 1, 3).reshape(28 * n, 28 * n)
    data = {
        "layers": layers,
        "extent": extent,
        "start": [0.6, 0.4],
        "map": png_address(as_bytes(sheet)),
        "map_alt": "The latent space: digits decoded on a grid, those of one class side by side",
    }
    places = [[0.0, 0.0], [1.7, -0.6], [-1.2, 2.3]]
    return data, [[place, lesson.decode_2([place])[0].ravel().tolist()] for place in places]


def ring(lesson) -> tuple[dict, list]:
    """Lesson 41: its ring of Gaussians, wide enough to be seen; the divergence by a finer grid."""
    std, extent, cells = 0.3, 3.2, 400
    starts = [[-1.4 + 0.4 * k, -2.6 + 0.15 * (k % 2)] for k in range(8)]
    axis = (np.arange(cells) + 0.5) / cells * 2 * extent - extent
    x, y = np.meshgrid(axis, axis)

    def density(centres):
        each = [norm.pdf(x, a, std) * norm.pdf(y, b, std) for a, b in centres]
        return np.mean(each, axis=0)

    def divergence(centres) -> float:
        p, q = density(lesson.CENTRES), density(centres)
        middle = (p + q) / 2
        return float(
            np.sum(p * np.log(p / middle) + q * np.log(q / middle)) / 2 * (axis[1] - axis[0]) ** 2
        )

    centres = lesson.CENTRES.tolist()
    data = {"centres": centres, "starts": starts, "std": std, "extent": extent}
    places = [starts, [centres[0]] * 8, (0.9 * lesson.CENTRES).tolist()]
    return data, [[place, [divergence(place)]] for place in places]


def melodies(lesson) -> tuple[dict, list]:
    """Lesson 35: notes decoded at nine places between each two of eight unseen melodies."""
    picks, ways = [k % len(lesson.x_test) for k in (0, 900, 150, 300, 450, 600, 750, 1050)], 9
    model = lesson.models[0.4][0]

    def way(i: int, j: int) -> list:
        ends = lesson.x_test[picks[i]], lesson.x_test[picks[j]]
        tokens = lesson.interpolate(model.encode, model.decode, *ends, ways)
        return [[[int(v) for v in note] for note in lesson.to_notes(row)] for row in tokens]

    count = range(len(picks))
    data = {
        "titles": [lesson.tunes.titles_test[k] for k in picks],
        "ways": ways,
        "notes": [[way(i, j) for j in count if j >= i] for i in count],
    }
    places = [[0, 1, 4], [2, 5, 1], [3, 3, 8]]
    return data, [[[i, j, k], np.ravel(way(i, j)[k]).tolist()] for i, j, k in places]


def mixing(lesson) -> tuple[dict, list]:
    """Lesson 47: all pairs of eight styles at all crossovers, as one sheet."""
    n, layers, styles = 8, lesson.N_LAYERS, lesson.w
    tables = [
        lesson.mixing_table(lesson.synthesis, styles[:n], styles[:n], crossover)
        for crossover in range(layers + 1)
    ]
    sheet = as_bytes((np.array(tables) + 1) / 2).transpose(0, 1, 3, 2, 4, 5)

    def alone(first: int, second: int, crossover: int) -> list[int]:
        pair = styles[first][None], styles[second][None], np.array([crossover])
        picture = np.asarray(lesson.synthesis(lesson.mix_styles(*pair, layers)))[0]
        return _rgba(as_bytes((picture + 1) / 2))

    data = {"sheet": png_address(sheet.reshape(-1, n * 16, 3)), "size": 16, "faces": n}
    data |= {"layers": layers, "start": lesson.COARSE}
    places = [[0, 1, lesson.COARSE], [5, 2, 0], [7, 3, layers - 1]]
    return data, [[place, alone(*place)] for place in places]


def denoise(lesson) -> tuple[dict, list]:
    """Lesson 51: ten digits from several starts, at each step of the sampler, as one sheet."""
    starts, times, asked = 5, lesson.few_steps(20), np.arange(10)

    def states(start: int) -> np.ndarray:
        seen = lesson.draw(lesson.models[0], asked, 2, times, seed=100 + start)
        return as_bytes((np.array(seen)[..., 0] + 1) / 2)  # (steps, 10, size, size)

    rows = np.concatenate([states(s).transpose(1, 0, 2, 3) for s in range(starts)])
    steps, size = rows.shape[1:3]
    sheet = rows.transpose(0, 2, 1, 3).reshape(-1, steps * size)
    data = {"sheet": png_address(sheet), "size": size, "steps": steps, "starts": starts}
    places = [[7, 0, steps - 1], [2, 3, 9], [0, 4, 0]]  # digit, start, step
    return data, [[[d, s, k], _rgba(states(s)[k, d])] for d, s, k in places]


def sliders(lesson) -> tuple[dict, list]:
    """Lesson 53: the page that the lesson itself makes."""
    return {"page": lesson.page.text}, []


def save(name: str, names: dict, folder: str) -> None:
    """Write ``name.json`` and ``name-check.json``; a lesson's kernel calls it with its globals."""
    data, check = globals()[name](SimpleNamespace(**names))
    for suffix, what in (("", data), ("-check", check)):
        Path(folder, f"{name}{suffix}.json").write_text(json.dumps(what, separators=(",", ":")))
