"""Lesson 47's convolution by NumPy, from its definition, and with the slips that learners make."""

import numpy as np

from course_utils import check

LEAK, GAIN = 0.2, np.sqrt(2)

# what may be wrong with the styles that a convolution uses
STYLE_SLIPS = {
    "the styles are not used.": {"used": "none"},
    "the factor is s, not 1 + s.": {"used": "1 +"},
    "this divides by the styles; modulation multiplies.": {"used": "1 /"},
    "the styles are squared; multiply by them once.": {"used": "square"},
    "the signs of the styles are lost; a factor may be negative.": {"used": "abs"},
    "every picture gets the first picture's styles; each has its own.": {"used": "first"},
    "every picture gets the last picture's styles; each has its own.": {"used": "last"},
    "every picture gets the mean of the styles; each has its own.": {"used": "mean"},
    "one number, the mean of all styles, is used for all.": {"used": "number"},
    "each picture gets one number, the mean of its styles; each input channel has its own.": {"used": "row mean"},
    "the styles are taken in reversed order along the batch.": {"used": "reversed"},
    "each picture gets the styles of the picture before it.": {"used": "before"},
    "each picture gets the styles of the picture after it.": {"used": "after"},
    "the styles of earlier pictures are multiplied in; begin with the given kernel for each picture.": {
        "used": "product"
    },
    "the styles are divided by their length; take them as they are.": {"used": "unit"},
    "the styles went through a softmax; take them as they are.": {"used": "softmax"},
}


def case(n: int, size: int, channels: tuple[int, int], kernel_size: int = 3):
    """Pictures, a kernel and styles, float32; no channel, place or picture is like another."""
    rng = np.random.default_rng([n, size, *channels, kernel_size])
    before, after = channels
    x = rng.normal(0.3, 1, size=(n, size, size + 1, before))
    kernel = rng.normal(0.2, 1, size=(kernel_size, kernel_size, before, after))
    styles = rng.normal(1.0, 0.6, size=(n, before)) + 0.5 * np.arange(n)[:, None]
    styles.ravel()[::3] *= -1  # some are below 0, as a dense layer's outputs may be
    return [a.astype("float32") for a in (x, kernel, styles)]


def conv(x: np.ndarray, kernel: np.ndarray, edges: str = "constant") -> np.ndarray:
    """Convolution of pictures with one kernel, padding "same": a sum over the places of the window."""
    size, (height, width) = len(kernel), x.shape[1:3]
    edge = size // 2
    padded = np.pad(x.astype(float), [(0, 0), (edge, edge), (edge, edge), (0, 0)], mode=edges)
    total = 0.0
    for a in range(size):
        for b in range(size):
            total = total + padded[:, a : a + height, b : b + width] @ kernel[a, b].astype(float)
    return total


def used_styles(styles: np.ndarray, used: str) -> np.ndarray:
    """The styles, float64, or what a slip uses in their place."""
    s, ones = styles.astype(float), np.ones(styles.shape)
    return {
        "own": lambda: s,
        "none": lambda: ones,
        "1 +": lambda: 1 + s,
        "1 /": lambda: 1 / s,
        "square": lambda: s**2,
        "abs": lambda: np.abs(s),
        "first": lambda: s[:1] * ones,
        "last": lambda: s[-1:] * ones,
        "mean": lambda: s.mean(axis=0) * ones,
        "number": lambda: s.mean() * ones,
        "row mean": lambda: s.mean(axis=1, keepdims=True) * ones,
        "reversed": lambda: s[::-1],
        "before": lambda: np.roll(s, 1, axis=0),
        "after": lambda: np.roll(s, -1, axis=0),
        "product": lambda: np.cumprod(s, axis=0),
        "unit": lambda: s / np.linalg.norm(s, axis=1, keepdims=True),
        "softmax": lambda: np.exp(s) / np.exp(s).sum(axis=1, keepdims=True),
    }[used]()


def own_kernels(kernel, styles, used="own", how="times", on="input"):
    """A kernel for each picture; on="output" fails where the numbers of channels differ."""
    s = used_styles(styles, used)
    s = s[:, None, None, :, None] if on == "input" else s[:, None, None, None, :]
    return kernel + s if how == "plus" else kernel * s


def each(x: np.ndarray, kernels: np.ndarray, edges: str = "constant") -> np.ndarray:
    """Each picture convolved with its own kernel."""
    return np.concatenate([conv(a[None], k, edges) for a, k in zip(x, kernels, strict=True)])


def modulated(x, kernel, styles, used="own", how="times", on="input"):
    """Convolution of each picture with its own kernel."""
    return each(x, own_kernels(kernel, styles, used, how, on))


def channel_factors(
    kernel, styles, epsilon, used="own", axes="pi", parts="square", mean="", end="1 / root", where="in"
):
    """The factors by the definition, from every modulated kernel."""
    k, s = own_kernels(kernel, styles, used), used_styles(styles, used)[:, None, None, :, None]
    over = {"pi": (1, 2, 3), "p": (1, 2), "i": (3,), "po": (1, 2, 4), "n": (0, 1, 2, 3), "all": (1, 2, 3, 4)}[axes]
    terms = {
        "square": lambda: k**2,
        "abs": lambda: np.abs(k),
        "centred": lambda: (k - k.mean(axis=over, keepdims=True)) ** 2,
        "of the sum": lambda: k,
        "styles": lambda: kernel * s**2,
        "kernel": lambda: kernel**2 * s,
    }[parts]()
    total = terms.sum(axis=over)
    total = total**2 if parts == "of the sum" else total
    places, n_in = len(kernel) ** 2, kernel.shape[2]
    total = total / {"": 1, "p": places, "i": n_in, "pi": places * n_in}[mean]
    if where == "out":
        total = (np.sqrt(total) + epsilon) ** 2
    else:
        total = total + {"in": epsilon, "none": 0, "square": epsilon**2, "each": epsilon * places * n_in}[where]
    root = np.sqrt(total)
    return {"1 / root": 1 / root, "1 /": 1 / total, "root": root, "as it is": total}[end]


def leaky(x: np.ndarray, slope: float = LEAK) -> np.ndarray:
    """The lesson's activation."""
    return GAIN * np.maximum(x, slope * x)


def channel_weights(answer, right, x, kernel) -> str:
    """Which input channel of which picture has another factor than its style: any slip in them."""
    if x.shape[-1] < 2:
        return ""
    parts = {f"input channel {i}": conv(x[..., i : i + 1], kernel[:, :, i : i + 1]) for i in range(x.shape[-1])}
    return check.weights(answer, right, parts, each="picture")
