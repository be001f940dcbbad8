"""The mixture of two Gaussians, held against integrals and samples."""

import numpy as np
import pytest

from course_utils import mixture

X = np.linspace(-5, 5, 20_001)
STEP = X[1] - X[0]


@pytest.mark.parametrize("alpha_bar", [1.0, 0.7, 0.05])
def test_the_density_has_mass_one_and_the_right_mean(alpha_bar):
    density = mixture.density(X, alpha_bar)
    mean = np.sqrt(alpha_bar) * mixture.SHARES @ mixture.MEANS
    assert density.sum() * STEP == pytest.approx(1, abs=1e-6)
    assert (X * density).sum() * STEP == pytest.approx(mean, abs=1e-6)


def test_samples_follow_the_density():
    found = mixture.draw(50_000, seed=0)
    counts, edges = np.histogram(found, 40, (-1.2, 1.1), density=True)
    assert np.abs(counts - mixture.density((edges[1:] + edges[:-1]) / 2)).max() < 0.12


@pytest.mark.parametrize("alpha_bar", [0.9, 0.3, 0.02])
def test_the_denoiser_is_the_conditional_mean(alpha_bar):
    x = np.array([-1.3, -0.2, 0.1, 0.9])
    prior = mixture.density(X)
    noise = 1 - alpha_bar
    weights = prior * np.exp(-((x[:, None] - np.sqrt(alpha_bar) * X) ** 2) / (2 * noise))
    right = (weights * X).sum(axis=1) / weights.sum(axis=1)
    found = mixture.exact_denoiser(np.array([1.0, alpha_bar]))(x, 1)
    np.testing.assert_allclose(found, right, atol=1e-6)
