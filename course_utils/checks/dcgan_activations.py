"""Which activation in a network of lesson 42 is not the wanted one, found out with chosen weights."""

import numpy as np

from course_utils import check

GRID = np.linspace(-12, 12, 193)
NORM = np.sqrt(1.001)  # what an untrained batch normalisation divides by
HIGH = 40.0  # a shift that leads every number of the grid to where a ReLU lets it through


def _asked(model, x, kernels: dict, shifts: dict) -> np.ndarray:
    """What a model answers with these kernels (by their shapes) and shifts (by their sizes)."""
    weights = []
    for weight in model.weights:
        value = np.array(weight)
        if weight.name == "beta":
            value = np.full_like(value, shifts[value.size])
        weights.append(kernels[value.shape] if value.ndim > 1 else value)
    return check.with_weights(model, weights, x.astype("float32"))


def _table(values, places=GRID):
    """The activation that gives these values at these numbers."""
    return lambda x: np.interp(x, places, np.ravel(values)).astype("float32")


def _as_if(found: list, wanted: list, places: list[str]) -> str:
    """Words about the first activation that is not the wanted one."""
    ends = np.array([-1.0, 1.0, 5.0])
    for mine, right, place in zip(found, wanted, places, strict=True):
        if not np.allclose(mine(ends), right(ends), rtol=0.01, atol=1e-3):
            made = [", ".join(f"{value:.2g}" for value in one(ends)) for one in (mine, right)]
            return f"the activation {place} makes {made[0]} of the numbers -1, 1, 5; expected {made[1]}."
    return ""


def if_explained(found, explained, words: str) -> str:
    """The words, if what they tell gives the values that were found; or if nothing need be explained."""
    if explained is None:
        return words
    return words if np.allclose(found, explained, rtol=0, atol=0.02 * np.abs(found).max()) else ""


PLACES_IN_G = [
    "after the dense layer's batch normalisation",
    "after the second batch normalisation",
    "at the end",
]


def about_generator(model, latent_dim: int, painted) -> tuple[np.ndarray, str]:
    """Which activation is not the wanted one, and the pictures with those that were found."""

    def ask(numbers=(0.0,), middle=0.0, last=1e-5, shift=0.0):
        dense, up, end = np.zeros((latent_dim, 2352)), np.zeros((4, 4, 24, 48)), np.zeros((4, 4, 1, 24))
        dense[0], up[:, :, 0, 0], end[:, :, 0, 0] = NORM, middle * NORM / 4, last / 4  # 2 x 2 taps meet at a place
        codes = np.zeros((len(numbers), latent_dim))
        codes[:, 0] = numbers
        kernels, shifts = {one.shape: one for one in (dense, up, end)}, {48: 0.0, 2352: 0.0, 24: shift}
        return _asked(model, codes, kernels, shifts)[:, 14, 14, 0]

    base, up = ask(shift=HIGH), GRID - GRID[0]
    rise = ask(shift=HIGH + 1) - base  # of the second activation and the end
    if not rise:
        same = f"they stay the same where the second activation gets {HIGH + 1:g} for {HIGH:g}"
        return None, f"{same}. Is it cut off above? Expected a plain ReLU."
    first, places = ((ask(x, middle=1.0, shift=HIGH) - base) / rise for x in (GRID, up))
    still = ask(last=0.0)
    second = (ask(up, middle=1.0, shift=GRID[0]) - still) / rise
    end = [ask(up, middle=1.0, shift=GRID[0], last=sign) for sign in (-1.0, 1.0)]
    ends = np.concatenate([end[0][:0:-1], end[1]]), np.concatenate([-second[:0:-1], second])
    wanted = [lambda x: np.maximum(x, 0)] * 2 + [np.tanh]
    found = [_table(first), _table(second, places + GRID[0]), _table(*ends)]
    if places[-1] - places[-2] < 1e-3:  # cut off: what follows meets too few numbers
        found[1:] = wanted[1:]
    values = painted(first=found[0], second=found[1], end=found[2])
    return values, _as_if(found, wanted, PLACES_IN_G)


PLACES_IN_D = [f"after the {one} convolution" for one in ("first", "second", "third")]


def about_discriminator(model, looked) -> tuple[np.ndarray, str]:
    """Which activation is not the wanted one, and the logits with those that were found."""

    def ask(numbers=(0.0,), taps=(0.0, 0.0, 0.0), shifts=(0.0, 0.0)):
        dense, kernels = np.zeros((1536, 1)), {}
        dense[0] = 1.0
        for tap, shape, norm in zip(taps, ((1, 24), (24, 48), (48, 96)), (1.0, NORM, NORM), strict=True):
            kernel = np.zeros((4, 4, *shape))
            kernel[1, 1, 0, 0] = tap * norm
            kernels[kernel.shape] = kernel
        images = np.broadcast_to(np.reshape(numbers, (-1, 1, 1, 1)), (len(numbers), 28, 28, 1))
        return _asked(model, images, kernels | {dense.shape: dense}, dict(zip((48, 96), shifts, strict=True)))[:, 0]

    def through(numbers, second, third):
        return ask(numbers, (1.0, 1.0, 1.0), (second, third))

    zero, up = ask(shifts=(0.0, HIGH)), GRID - GRID[0]
    rise = ask(shifts=(0.0, HIGH + 1)) - zero  # of the third activation
    base = ask(taps=(1.0, 0.0, 1.0), shifts=(HIGH, HIGH))
    slope = ask(taps=(1.0, 0.0, 1.0), shifts=(HIGH + 1, HIGH)) - base  # of the second and third
    first, places = ((through(x, HIGH, HIGH) - base) / slope for x in (GRID, up))
    second, mixed = ((through(up, x, HIGH) - zero) / rise for x in (GRID[0], 0.0))
    third = through(up, 0.0, GRID[0])
    found = [_table(first), _table(second, places + GRID[0]), _table(third, mixed + GRID[0])]
    return looked(**dict(zip(("s1", "s2", "s3"), found, strict=True))), _as_if(
        found, [lambda x: np.maximum(x, 0.2 * x)] * 3, PLACES_IN_D
    )
