"""NumPy's convolutions, and a look into untrained networks: for the checks of lessons 14 and 21."""

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from course_utils import check


def forward(x: np.ndarray, kernel: np.ndarray, stride: int, padding: str = "same") -> np.ndarray:
    """Convolution of maps (n, h, h, a) with a kernel (k, k, a, b)."""
    k, h = len(kernel), x.shape[1]
    zeros = max((-(-h // stride) - 1) * stride + k - h, 0)  # what "same" adds
    edges = {"same": (zeros // 2, zeros - zeros // 2), "valid": (0, 0), "around": (1, 1)}[padding]
    x = np.pad(x, ((0, 0), edges, edges, (0, 0)))
    squares = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nrcaij,ijab->nrcb", squares, kernel, optimize=True)


def stamp(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Transposed convolution, padding "same", of maps (n, h, w, a) with a kernel (k, k, b, a)."""
    (n, h, w, _), (k, _, b, _) = x.shape, kernel.shape
    size = max(k, stride)
    full = np.zeros((n, (h - 1) * stride + size, (w - 1) * stride + size, b))
    for i, j in np.ndindex(k, k):
        part = np.einsum("nhwa,ba->nhwb", x, kernel[i, j], optimize=True)
        full[:, i : i + h * stride : stride, j : j + w * stride : stride][:, :h, :w] += part
    cut = (size - stride) // 2
    return full[:, cut : cut + h * stride, cut : cut + w * stride]


def opened(network, shapes: dict, advice: str):
    """Look into an untrained network whose layers have kernels of these shapes, each with a bias.

    Args:
        shapes: name of a layer -> shape of its kernel, in the order of the layers.
        advice: what to look at if the shapes are others.

    Returns:
        a function of inputs and a pair (kernel, bias) for each layer, which gives the output.
    """
    saved = network.get_weights()
    for axes, name in ((4, "kernels of the convolutions"), (2, "kernels of the dense layers")):
        found = [w.shape for w in saved if w.ndim == axes]
        wanted = {layer: shape for layer, shape in shapes.items() if len(shape) == axes}
        if sorted(found) != sorted(wanted.values()):
            shapes = f"The {name} have the shapes {found}, expected {list(wanted.values())}."
            raise check.CheckError(f"{_first_other(name, found, wanted)} {shapes} {advice}")
    places = [[w.shape for w in saved].index(shape) for shape in shapes.values()]

    def answer(x, *pairs):
        weights = [np.zeros_like(w) for w in saved]
        for place, (kernel, bias) in zip(places, pairs, strict=True):
            weights[place][:], weights[place + 1][:] = kernel, bias
        return check.with_weights(network, weights, x.astype("float32"))

    return answer


def _first_other(name: str, found: list, wanted: dict) -> str:
    """Words about kernels of wrong shapes: how many, or the first one that is another."""
    if len(found) != len(wanted):
        return f"There are {len(found)} {name}, expected {len(wanted)}."
    other = [(mine, layer) for mine, layer in zip(found, wanted, strict=True) if mine != wanted[layer]]
    return f"The kernel of {other[0][1]} has the shape {other[0][0]}, expected {wanted[other[0][1]]}."


def require_sigmoid(answer, x: np.ndarray, layers: int, name: str) -> None:
    """A sigmoid at the end of a network that :func:`opened` looked into."""
    sums = np.array([-3.0, -1.0, 0.5, 2.0])
    mistakes = {
        "the output has no activation; expected a sigmoid.": sums,
        "the output is a ReLU; expected a sigmoid.": sums.clip(0),
        "the output is a GELU; expected a sigmoid.": sums * norm.cdf(sums),
        "the output is a tanh, from -1 to 1; expected a sigmoid.": np.tanh(sums),
        "a softmax over one channel is always 1; use a sigmoid.": np.ones(4),
        "the sigmoid is there twice.": expit(expit(sums)),
    }
    zeros = [(0, 0)] * (layers - 1)
    found = [answer(x[:1], *zeros, (0, value)).mean() for value in sums]
    check.close(found, expit(sums), f"{name}'s pixel for known sums", atol=1e-4, mistakes=mistakes)
