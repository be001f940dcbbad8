"""A decoder in one page that needs no kernel and no network: plain JavaScript and 8-bit weights."""

import base64
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from course_utils.framed_page import FramedPage
from course_utils.session import keras

ACTIVATIONS = ("linear", "relu", "sigmoid")


class DecoderPage(FramedPage):
    """A page with sliders; see :func:`decoder_page`. In a notebook it has a link that saves it."""

    sandbox = "allow-scripts"
    style = "border:0;background:white"
    what = "A page with sliders"

    def frame(self) -> str:
        """HTML of the frame that shows the page, and of the link."""
        name = "".join(c if c.isalnum() else "-" for c in self.title.lower())
        link = base64.b64encode(self.text.encode()).decode()
        return (
            f'{super().frame()}<p><a download="{name}.html" href="data:text/html;base64,{link}">'
            "Save this page as a file</a></p>"
        )


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _layer(layer, quantised: tuple, shape: tuple[int, ...]) -> dict:
    """What the page needs of a layer, which gets an input of this shape (without the batch)."""
    q, scale, zero = quantised
    q, kernel, bias = np.asarray(q), layer.get_weights()[0], layer.get_weights()[1]
    if q.shape != kernel.shape or q.dtype != np.int8:
        raise ValueError(f"{layer.name}: expected int8 {kernel.shape}, got {q.dtype} {q.shape}")
    activation = layer.activation.__name__
    if activation not in ACTIVATIONS:
        raise ValueError(f"{layer.name}: the page knows {', '.join(ACTIVATIONS)}, not {activation}")
    found = {
        "kernel": {"q": _text(q), "scale": float(scale), "zero": int(zero)},
        "bias": _text(bias.astype("<f4")),
        "activation": activation,
    }
    if isinstance(layer, keras.layers.Dense):
        return found | {"kind": "dense"}
    (size, other), (stride, across) = layer.kernel_size, layer.strides
    if layer.padding != "same" or size != other or stride != across:
        raise ValueError(f"{layer.name}: the page knows square kernels with padding 'same'")
    rows, columns = shape[:2]
    sizes = {"size": size, "stride": stride, "rows": rows, "columns": columns}
    return found | {"kind": "transposed"} | sizes


def _layers(decoder, kernels: Sequence) -> list[dict]:
    """What the page needs of a chain of layers, whose kernels are given as int8."""
    known = (keras.layers.Dense, keras.layers.Conv2DTranspose, keras.layers.Reshape)
    for layer in decoder.layers:
        if not isinstance(layer, known):
            raise ValueError(f"{layer.name}: the page knows no {type(layer).__name__}")
    weighted = [layer for layer in decoder.layers if not isinstance(layer, keras.layers.Reshape)]
    if len(kernels) != len(weighted):
        raise ValueError(f"{len(weighted)} layers with weights, but {len(kernels)} kernels")
    return [
        _layer(layer, quantised, tuple(layer.input.shape[1:]))
        for layer, quantised in zip(weighted, kernels, strict=True)
    ]


def _parts(decoder, kernels: Sequence) -> list[list[dict]]:
    """The layers of each chain whose pictures are added; one chain, if the decoder is one."""
    if isinstance(decoder, keras.Sequential):
        return [_layers(decoder, kernels)]
    if len({part.output_shape for part in decoder}) != 1 or len(kernels) != len(decoder):
        raise ValueError("the parts need one output shape, and a list of kernels each")
    return [_layers(part, own) for part, own in zip(decoder, kernels, strict=True)]


def decoder_page(
    decoder: keras.Sequential | Sequence[keras.Sequential],
    kernels: Sequence,
    codes: np.ndarray,
    sliders: Mapping[str, tuple[np.ndarray, float, float, float]],
    title: str = "A decoder in your browser",
    height: int = 380,
) -> DecoderPage:
    """A page that decodes ``code + Σ value · direction`` at every move of a slider.

    Args:
        decoder: Dense, Reshape and Conv2DTranspose layers (padding "same", square kernels) with
            biases and the activations linear, ReLU or sigmoid; pictures ``(height, width, 1 or 3)``
            with values in [0, 1]. Or several such chains, whose pictures are added.
        kernels: for each layer with weights, in order, its kernel as int8, with scale and zero
            point: ``scale * (q - zero_point)`` are the numbers that the page computes with. Biases
            are taken from the decoder, as float32. For several chains a list of these for each.
        codes: codes ``(n, k)`` to start from; a button goes from one to the next.
        sliders: name -> direction ``(k,)``, lowest and highest value, value at the start.
        title: of the page.
        height: of the frame in a notebook, in CSS pixels.

    Raises:
        ValueError: a layer that the page does not know, or kernels that do not fit.
    """
    parts = _parts(decoder, kernels)
    shape = (decoder if isinstance(decoder, keras.Sequential) else decoder[0]).output_shape
    data = {
        "parts": parts,
        "height": shape[1],
        "width": shape[2],
        "codes": [_text(np.asarray(code, "<f4")) for code in codes],
        "sliders": [
            {"name": name, "direction": _text(np.asarray(d, "<f4"))}
            | {"low": float(low), "high": float(high), "start": float(start)}
            for name, (d, low, high, start) in sliders.items()
        ],
    }
    here = Path(__file__)
    model = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    text = here.with_suffix(".html").read_text(encoding="utf-8")
    for place, part in (
        ("TITLE_HERE", html.escape(title)),
        ("SCRIPT_HERE", here.with_suffix(".js").read_text(encoding="utf-8")),
        ("MODEL_HERE", model),
    ):
        text = text.replace(place, part)
    return DecoderPage(text, title, height)
