"""Hand-made features of a picture: what a bank of filters answers at every pixel."""

import functools

import numpy as np
from scipy import fft, ndimage
from skimage.filters import gabor_kernel

SCALES = (1, 2, 4)  # pixels: of the blurred pictures and of the blobs
FREQUENCIES = (0.1, 0.2, 0.33)  # waves a pixel
ORIENTATIONS = 4
POOLED = 2  # pixels over which the strength of a wave is averaged
MARGIN = 20  # pixels mirrored at the border


@functools.cache
def _gabors(height: int, width: int) -> tuple[np.ndarray, ...]:
    """Fourier transforms of waves under a bell, which answer nothing to a picture of one grey."""
    transforms = []
    for frequency in FREQUENCIES:
        for k in range(ORIENTATIONS):
            wave = gabor_kernel(
                frequency,
                np.pi * k / ORIENTATIONS,
                sigma_x=0.5 / frequency,
                sigma_y=0.5 / frequency,
            )
            wave -= wave.mean()
            whole = np.zeros((height, width), "complex64")
            whole[: wave.shape[0], : wave.shape[1]] = wave
            middle = [-(n // 2) for n in wave.shape]
            transforms.append(fft.fft2(np.roll(whole, middle, axis=(0, 1))))
    return tuple(transforms)


def _waves(x: np.ndarray) -> list[np.ndarray]:
    """The strength of each wave at every pixel."""
    border = min(MARGIN, *(n - 1 for n in x.shape[1:]))
    size = [fft.next_fast_len(n + 2 * border) for n in x.shape[1:]]
    more = [(border, total - n - border) for n, total in zip(x.shape[1:], size, strict=True)]
    transform = fft.fft2(np.pad(x, ((0, 0), *more), mode="reflect").astype("complex64"))
    inner = [slice(border, border + n) for n in x.shape[1:]]
    answers = []
    for gabor in _gabors(*size):
        strength = np.abs(fft.ifft2(transform * gabor))[:, inner[0], inner[1]]
        answers.append(ndimage.gaussian_filter(strength, (0, POOLED, POOLED)))
    return answers


def filter_bank(x: np.ndarray) -> np.ndarray:
    """What 20 filters answer at every pixel of grey pictures.

    Three blurred pictures, three detectors of blobs (Laplacian of Gaussian), the local standard
    deviation at two scales, and the strength of waves (Gabor) of three frequencies in four
    directions, averaged over some pixels.

    Args:
        x: ``(n, height, width)``, values in [0, 1], 32 pixels or more each way.

    Returns:
        float32 ``(n, height, width, 20)``.
    """
    x = np.asarray(x, dtype="float32")
    blurred = {s: ndimage.gaussian_filter(x, (0, s, s)) for s in SCALES}
    answers = [*blurred.values()]
    for s in SCALES:
        bent = [ndimage.gaussian_filter(x, (0, s, s), order=o) for o in ((0, 2, 0), (0, 0, 2))]
        answers.append(s**2 * (bent[0] + bent[1]))
    for s in SCALES[1:]:
        squares = ndimage.gaussian_filter(x**2, (0, s, s))
        answers.append(np.sqrt(np.maximum(squares - blurred[s] ** 2, 0)))
    return np.stack([*answers, *_waves(x)], axis=-1).astype("float32")
