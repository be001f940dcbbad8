"""The linear start of a conditional VAE."""

import numpy as np

from course_utils.starts import linear_start


def test_it_finds_a_linear_conditional_model_and_its_posterior():
    rng = np.random.default_rng(0)
    w, effects, offset = rng.normal(size=(2, 6)), rng.normal(size=(3, 6)), rng.normal(size=6)
    labels = np.eye(3)[rng.integers(0, 3, 20_000)]
    z = rng.normal(size=(20_000, 2))
    x = z @ w + labels @ effects + offset + 0.1 * rng.normal(size=(20_000, 6))
    (kernel, bias), (back, start) = linear_start(x, labels, k=2, sigma=0.1)
    code = np.concatenate([x, labels], axis=1) @ kernel + bias
    mean, log_var = np.split(code, 2, axis=1)
    copies = np.concatenate([mean, labels], axis=1) @ back + start
    assert abs(np.std(copies - x) - 0.1 * np.sqrt(4 / 6)) < 0.01  # the noise outside the plane
    assert np.allclose(np.exp(log_var) + mean.var(axis=0), 1, atol=0.02)
    means = np.array([mean[labels[:, k] == 1].mean(axis=0) for k in range(3)])
    assert np.abs(means).max() < 0.05  # the label is not in the code


def test_without_labels_the_code_holds_them():
    labels = np.eye(2)[np.arange(400) % 2]
    x = labels @ np.array([[3.0, 0, 1], [-3.0, 0, 1]]) + 0.1 * np.random.default_rng(1).normal(
        size=(400, 3)
    )
    (kernel, bias), _ = linear_start(x, 0 * labels, k=1, sigma=0.1)
    mean = (np.concatenate([x, labels], axis=1) @ kernel + bias)[:, 0]
    assert abs(mean[::2].mean() - mean[1::2].mean()) > 1.5
