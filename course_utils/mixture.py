"""A mixture of two Gaussians on a line: data whose best denoiser, density and samples are exact."""

import numpy as np
from scipy.special import logsumexp, softmax

__all__ = ["MEANS", "SHARES", "SPREAD", "density", "draw", "exact_denoiser", "log_density"]

MEANS, SHARES, SPREAD = np.array([-0.6, 0.5]), np.array([0.3, 0.7]), 0.12


def draw(n: int, seed: int) -> np.ndarray:
    """Independent numbers ``(n,)`` from the mixture."""
    rng = np.random.default_rng(seed)
    return rng.normal(rng.choice(MEANS, n, p=SHARES), SPREAD)


def log_density(x: np.ndarray, alpha_bar: float = 1.0) -> np.ndarray:
    """Log density at x ``(n,)`` of ``sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) noise``."""
    return logsumexp(_logs(x, alpha_bar), axis=1)


def density(x: np.ndarray, alpha_bar: float = 1.0) -> np.ndarray:
    """The density itself."""
    return np.exp(log_density(x, alpha_bar))


def exact_denoiser(alpha_bars: np.ndarray):
    """The denoiser of least squared error, for a table ``(T + 1,)`` of alpha-bars.

    Returns:
        a function of noisy numbers x ``(n,)`` and their step t, which gives E[x0 | x]: Bayes' rule
        says how probable each mode is given x, and within a mode the mean is linear in x.
    """

    def denoise(x: np.ndarray, t: int) -> np.ndarray:
        alpha_bar = float(alpha_bars[t])
        chances = softmax(_logs(x, alpha_bar), axis=1)
        offset = np.asarray(x)[:, None] - np.sqrt(alpha_bar) * MEANS
        pull = np.sqrt(alpha_bar) * SPREAD**2 / _variance(alpha_bar)
        return (chances * (MEANS + pull * offset)).sum(axis=1)

    return denoise


def _variance(alpha_bar: float) -> float:
    return alpha_bar * SPREAD**2 + 1 - alpha_bar


def _logs(x: np.ndarray, alpha_bar: float) -> np.ndarray:
    """Logarithm of each mode's share of the density, ``(n, 2)``."""
    variance = _variance(alpha_bar)
    offset = np.asarray(x)[:, None] - np.sqrt(alpha_bar) * MEANS
    return np.log(SHARES) - offset**2 / (2 * variance) - np.log(2 * np.pi * variance) / 2
