"""Checks of lesson 61, a VAE that draws characters."""

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
LUMA = np.array([0.299, 0.587, 0.114])


def picture_file(mode: str, height: int, width: int, kind: str = "PNG") -> tuple[bytes, np.ndarray]:
    """A file with a frame and four colours in its middle square, and its values (height, width, 4), 0 to 255.

    Args:
        mode: of Pillow; with "RGBA", "LA" and "P" the bottom right is transparent, the top right by half.
        height: in pixels, and width.
        width: likewise.
        kind: of the file.
    """
    side = min(height, width)
    rows = (np.arange(height)[:, None] - (height - side) // 2 + 0.5) / side
    columns = (np.arange(width)[None] - (width - side) // 2 + 0.5) / side
    number = 2 * (rows >= 0.5) + (columns >= 0.5)
    from_edge = np.minimum(np.minimum(rows, 1 - rows), np.minimum(columns, 1 - columns))
    number = np.where(from_edge < FRAME, 4, number)
    number = np.where(from_edge < 0, 5, number)
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
    "divided by 255 twice.": {"scale": 1 / 255},
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
    ends = answer[[0, -1]] if width > height else answer[:, [0, -1]]
    bands = width != height and np.ptp(ends) < 0.02 and abs(ends.mean() - 0.5) > 0.48 and np.ptp(answer) > 0.1
    check.require(not bands, f"{name}: the whole picture is there, with bands beside it; cut out the middle square.")
    atol = 0.07 if size <= min(height, width) else 0.12  # sharp filters overshoot more
    check.close(answer[at], right, name, rtol=0, atol=atol, mistakes=mistakes)


@functools.cache
def _pictures(n: int, d: int, k: int) -> np.ndarray:
    """Rows with k clear directions and a mean far from zero."""
    rng = np.random.default_rng([n, d, k])
    spread = np.concatenate([np.linspace(2.5, 1.2, k), np.full(d - k, 0.15)])
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (rng.normal(size=(n, d)) * spread) @ turn + rng.uniform(2, 5, d)


def check_weights(linear_weights, n: int, d: int, k: int) -> None:
    """Are codes of the training pictures white, and are copies PCA's?"""
    x = _pictures(n, d, k)
    centred = x - x.mean(axis=0)
    _, s, v = np.linalg.svd(centred, full_matrices=False)
    found = check.several(check.call(linear_weights, x.astype("float32"), k), "encoder", "decoder")
    shapes = (("encoder", (d, k), (k,)), ("decoder", (k, d), (d,)))
    parts = []
    for (name, kernel, bias), part in zip(shapes, found, strict=True):
        weights = check.several(part, f"the {name}'s kernel", f"the {name}'s bias")
        exchanged = np.ndim(weights[0]) == 1 and np.ndim(weights[1]) == 2
        check.require(not exchanged, f"The {name}: the kernel comes first, then the bias.")
        turned = np.shape(weights[0]) == kernel[::-1] and kernel[0] != kernel[1]
        check.require(
            not turned, f"The {name}'s kernel has shape {kernel[::-1]}, expected {kernel}: inputs first, as in Keras."
        )
        parts += [
            check.array(weights[0], f"the {name}'s kernel", shape=kernel).astype(float),
            check.array(weights[1], f"the {name}'s bias", shape=bias).astype(float),
        ]
    into, shift, out, mean = parts
    codes = x @ into + shift
    _check_codes(codes, s[:k] ** 2 / n, x, into, k)
    new = _pictures(7, d, k) + 0.3
    for some, label in ((x, "training pictures"), (new, "new pictures")):
        projected = (some - x.mean(axis=0)) @ v[:k].T @ v[:k]
        codes = some @ into + shift
        ratio = np.linalg.lstsq(codes, projected, rcond=None)[0]
        mistakes = {
            "the mean picture is missing in the decoder's bias.": projected,
            "the decoder does not undo the encoder's division: its rows need the standard deviations.": codes
            @ (ratio / s[:k, None] * np.sqrt(n))
            + x.mean(axis=0),
            "the decoder's rows are divided by the standard deviations; multiply.": codes
            @ (ratio / s[:k, None] ** 2 * n)
            + x.mean(axis=0),
            "the decoder's rows are multiplied by the variances; take their roots.": codes
            @ (ratio * s[:k, None] / np.sqrt(n))
            + x.mean(axis=0),
            "the components are in another order in the decoder.": codes[:, ::-1] @ ratio + x.mean(axis=0),
            "the decoder's bias has the wrong sign: it is the mean picture.": projected - x.mean(axis=0),
            "directions of the smallest variances; eigh gives the largest last.": (some - x.mean(axis=0))
            @ v[-k:].T
            @ v[-k:]
            + x.mean(axis=0),
        }
        extra = {} if k > 1 else {"the components are in another order in the decoder."}
        check.close(
            codes @ out + mean,
            projected + x.mean(axis=0),
            f"the copies of {label}",
            rtol=0.015,
            atol=0.01,
            mistakes={m: value for m, value in mistakes.items() if m not in extra},
        )


def _check_codes(codes: np.ndarray, variances: np.ndarray, x: np.ndarray, into: np.ndarray, k: int) -> None:
    """Mean 0, variance 1, no correlation: in words."""
    off = np.abs(codes.mean(axis=0)).max()
    raw = np.abs(x.mean(axis=0) @ into).max()
    check.require(
        off < 0.02 * max(1, raw),
        f"The mean code is off zero by {off:.3g}. The encoder's bias must take the mean picture off: -mean @ kernel.",
    )
    found = codes.T @ codes / len(codes)
    spread = np.diag(found)
    for words, wrong in (
        ("not divided by the standard deviations: the codes' variances are those of the components.", variances),
        ("divided by the variances; divide by the standard deviations, their roots.", 1 / variances),
        ("multiplied by the standard deviations; divide.", variances**2),
        (
            "scaled by the root of the number of pictures as well: variances are squared singular values over n.",
            np.full(k, 1 / len(codes)),
        ),
    ):
        if np.allclose(np.sort(spread), np.sort(wrong), rtol=0.06):
            raise check.CheckError(f"The encoder: {words}")
    check.require(
        np.allclose(spread, 1, atol=0.06),
        f"Codes of the training pictures have variances from {spread.min():.3g} to {spread.max():.3g}; expected is 1.",
    )
    between = np.abs(found - np.diag(spread)).max()
    check.require(between < 0.05, f"Two dimensions of the codes are correlated ({between:.2f}); components are not.")


def _elbo_case(n: int, shape: tuple[int, ...], k: int) -> list[np.ndarray]:
    rng = np.random.default_rng([n, k, *shape])
    x, copy = rng.uniform(size=(n, *shape)), rng.uniform(-0.1, 1.3, size=(n, *shape))
    mean, log_var = rng.normal(size=(n, k)) * 1.5 + 0.4, rng.uniform(-3, 0.8, size=(n, k))
    return [a.astype("float32") for a in (x, copy, mean, log_var)]


def _negative_elbo(
    x,
    copy,
    mean,
    log_var,
    sigma,
    pixels="sum",
    latents="sum",
    half=1.0,
    noise=2,
    of="var",
    sign=1.0,
    one=1.0,
    square=True,
    use="both",
    kl_half=0.5,
    ends=False,
    constant=0.0,
    log_sign=-1.0,
    power=2,
    whole=False,
):
    """The loss of each picture, with the usual slips as options."""
    x, copy, mean, log_var = (a.astype(float) for a in (x, copy, mean, log_var))
    axes = tuple(range(1, x.ndim))
    gap = (x - copy) ** 2 if square else np.abs(x - copy)
    error = getattr(np, pixels)(gap, axis=axes) / (2 * half * sigma**noise)
    error = np.full(len(x), error.sum()) if whole else error
    error = error + constant * x[:1].size * np.log(2 * np.pi * sigma**2)
    var = {"var": np.exp(log_var), "sigma": np.exp(2 * log_var), "raw": log_var}[of]
    log = 2 * log_var if of == "sigma" else log_var
    size = sign * mean**power
    kl = kl_half * getattr(np, latents)(size + var - one + log_sign * log, axis=1)
    found = {"both": error + kl, "error": error, "kl": kl, "minus": error - kl, "less": -(error + kl)}[use]
    return np.full(len(x), found.mean()) if ends else found


ELBO_SLIPS = {
    "squared errors are averaged over the pixels; sum them.": {"pixels": "mean"},
    "the KL term is averaged over the dimensions; sum it.": {"latents": "mean"},
    "the 2 in 2 σ² is missing.": {"half": 0.5},
    "divided by σ, not by σ².": {"noise": 1},
    "not divided by σ².": {"noise": 0},
    "log_var was taken for log σ: the variance is exp(log_var).": {"of": "sigma"},
    "the variance in the KL term is exp(log_var), not log_var.": {"of": "raw"},
    "the sign of mean² in the KL term is wrong.": {"sign": -1.0},
    "the 1 in the KL term is missing.": {"one": 0.0},
    "absolute differences instead of squares.": {"square": False},
    "the KL term is missing.": {"use": "error"},
    "only the KL term is here; add the error.": {"use": "kl"},
    "the KL term is subtracted; both terms are costs.": {"use": "minus"},
    "this is the ELBO; its negative is the loss.": {"use": "less"},
    "the ½ of the KL term is missing.": {"kl_half": 1.0},
    "this is the mean over the pictures for each; every picture has its own.": {"ends": True},
    "1 / 2 * σ² multiplies by σ²; write / (2 * sigma**2), with brackets.": {"noise": -2},
    "the constant is there; leave it out.": {"constant": 0.5},
    "log_var is added; it is subtracted in the KL term.": {"log_sign": 1.0},
    "squared errors are summed over all pictures; every picture has its own sum.": {"whole": True},
}


def check_elbo(negative_elbo, n: int, shape: tuple[int, ...], k: int, sigma: float) -> None:
    """Compare the loss of each picture with NumPy, its gradient with the formula's, and compile it."""
    case = _elbo_case(n, shape, k)
    x, copy, mean, log_var = case
    formula = functools.partial(_negative_elbo, *case, sigma)
    traced = check.trace(negative_elbo, *case, sigma)
    value = traced.value
    check.require(value is not None, "The loss: nothing was returned. Is the `return` missing?")
    check.require(
        np.shape(value) != () or n == 0,
        "This is one number; the loss of each picture is wanted: sum over its own values only.",
    )
    check.require(np.shape(value) != (n, k), "The KL term is not summed over the dimensions of the code.")
    mistakes = check.slips(formula, ELBO_SLIPS)
    mistakes["the means of the codes are not squared."] = formula(power=1)
    mistakes["this is for σ = 0.06, the notebook's SIGMA; use the argument sigma."] = _negative_elbo(*case, 0.06)
    check.close(value, formula(), "the loss of each picture", rtol=1e-3, mistakes=mistakes)
    slopes = traced.gradients(by=[1, 2, 3])
    wanted = (copy - x) / sigma**2, mean, 0.5 * (np.exp(log_var) - 1)
    for name, found, right in zip(("copy", "mean", "log_var"), slopes, wanted, strict=True):
        check.close(found, right, f"the gradient by {name}", rtol=1e-3, atol=1e-4)
    specs = (None, *shape), (None, *shape), (None, k), (None, k)
    compiled, _ = check.compiled(negative_elbo, *specs, float(sigma), inputs=case)
    check.close(compiled, formula(), "the loss, compiled as in training", rtol=1e-3)
