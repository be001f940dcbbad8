"""The check of lesson 21's network: known weights, and the same layers in NumPy."""

from collections.abc import Callable

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from course_utils import check
from course_utils.checks.convolutional_layers import forward, opened, require_sigmoid, stamp

ACTS = {
    "GELU": lambda x: x * norm.cdf(x),
    "tanh's GELU": lambda x: x * expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)),
    "no activation": lambda x: x,
    "a ReLU": lambda x: np.maximum(x, 0),
    "a tanh": np.tanh,
    "a sigmoid": expit,
    "a leaky ReLU": lambda x: np.maximum(x, 0.2 * x),
    "ELU": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "softplus": lambda x: np.logaddexp(x, 0),
    "SiLU": lambda x: x * expit(x),
}
LAYERS = ("`first`", "the first layer of `deep`", "the second layer of `deep`", "`up`")


def _restored(x, pairs, acts=("GELU",) * 4, strides=(2, 2, 1, 2), join="up, first", pool=(), scale=1, plus=0):
    """The network's output in NumPy, with its usual slips as options.

    Args:
        x: pictures (n, 28, 28).
        pairs: kernel and bias of each of the five layers.
        acts: the activations of the first four layers, by name.
        strides: those of the same layers.
        scale, plus: what the pictures are multiplied by, and what is added.
        pool: numbers of layers whose stride is replaced by taking the largest of 2 x 2.
    """
    h, maps = scale * x[..., None] + plus, []
    for k, (kernel, bias) in enumerate(pairs[:4]):
        stride = 1 if k in pool else strides[k]
        h = ACTS[acts[k]]((stamp if k == 3 else forward)(h, kernel, stride) + bias)
        if k in pool:
            n, height, width, channels = h.shape
            h = h.reshape(n, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))
        maps.append(h)
    parts = {"first": maps[0], "up": h}
    joined = np.concatenate([parts[name] for name in join.split(", ")], axis=-1)
    kernel, bias = pairs[4]
    return expit(stamp(joined, kernel, 2) + bias)[..., 0]


def check_denoiser(build: Callable, width: int) -> None:
    """Sizes, parameters, the activation at the end; then the whole network with known weights."""
    w, name = width, "the denoiser"
    shapes = [(3, 3, 1, w), (3, 3, w, 2 * w), (3, 3, 2 * w, 2 * w), (4, 4, w, 2 * w), (4, 4, 1, 2 * w)]
    count = sum(int(np.prod(shape)) for shape in shapes) + 6 * w + 1
    model = check.model(build, width, takes=(28, 28), gives=(28, 28), name=name)
    advice = (
        "Kernels of convolutions read: k, k, channels in, out; those of transposed ones: k, k, channels out, in. "
        "The last one gets the channels of `up` and of `first`."
    )
    answer = opened(model, dict(zip((*LAYERS, "the last layer"), shapes, strict=True)), advice)
    check.probe(model, takes=(28, 28), gives=(28, 28), parameters=count, name=name)
    rng = np.random.default_rng(width)
    x = rng.random((2, 28, 28))
    require_sigmoid(answer, x, layers=5, name=name)
    fans = [shape[0] ** 2 * shape[2 if k < 3 else 3] / (4 if k > 2 else 1) for k, shape in enumerate(shapes)]
    sizes = [shape[3 if k < 3 else 2] for k, shape in enumerate(shapes)]
    pairs = [
        (1.5 * rng.normal(size=shape) / fan**0.5, 0.5 * rng.normal(size=size))
        for shape, fan, size in zip(shapes, fans, sizes, strict=True)
    ]
    found = answer(x, *pairs)

    def layers(k: int, act: str) -> tuple:
        return tuple(act if n == k else "GELU" for n in range(4))

    def slip(**options) -> Callable:  # the two parts may be joined in either order
        orders = [options["join"]] if "join" in options else ["up, first", "first, up"]
        made = (_restored(x, pairs, **(options | {"join": order})) for order in orders)
        return lambda: min(made, key=lambda one: np.abs(one - found).max())

    mistakes = {
        "the pictures are divided by 255; they go from 0 to 1 already.": slip(scale=1 / 255),
        "the pictures are moved to -1 to 1; take them as they are.": slip(scale=2, plus=-1),
        "there is no skip connection: the first maps do not reach the end. Concatenate `up` and `first`.": slip(
            join="up, up"
        ),
        "`first` is joined with itself; join it with `up`.": slip(join="first, first"),
        "the strides of `deep` are 1 and 2, expected 2 and 1.": slip(strides=(2, 1, 2, 2)),
        "`first` takes the largest of 2 x 2 units; here the stride of the convolution makes the maps smaller.": slip(
            pool=(0,)
        ),
        "the largest of 2 x 2 units is taken; here the stride of the convolution makes the maps smaller.": slip(
            pool=(0, 1)
        ),
    }
    for act in list(ACTS)[2:]:
        for acts in ((act,) * 4, (act, act, "GELU", act)):
            words = "several layers" if "GELU" in acts else "every layer but the last"
            mistakes[f"there is {act} in {words}; all but the last have GELU."] = slip(acts=acts)
        for k, layer in enumerate(LAYERS):
            mistakes[f"{layer} has {act}; it has GELU in the table."] = slip(acts=layers(k, act))
    right = min(slip()(), slip(acts=("tanh's GELU",) * 4)(), key=lambda one: np.abs(one - found).max())
    name = "the pictures with known weights (the layers of the table, GELU in all but the last)"
    check.close(found, right, name, rtol=0, atol=1e-4, mistakes=mistakes)
