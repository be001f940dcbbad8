"""Weights to start training from: the best linear model, which takes a second to fit."""

import numpy as np


def linear_start(
    x: np.ndarray, labels: np.ndarray, k: int, sigma: float
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The best linear conditional VAE: least squares for the labels, then PCA of what is left.

    Args:
        x: flat pictures ``(n, d)``.
        labels: ``(n, m)``; all zeros if they shall explain nothing.
        k: latent dimensions, fewer than n and d.
        sigma: standard deviation of the decoder's noise.

    Returns:
        Kernel ``(d + m, 2 k)`` and bias of a linear encoder, which takes picture and label and
        gives k means and k log variances; kernel ``(k + m, d)`` and bias of a linear decoder,
        which takes code and label.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression

    effects = LinearRegression().fit(labels, x)
    pca = PCA(k, random_state=0).fit(x - effects.predict(labels))
    variance = pca.explained_variance_
    out = np.concatenate([np.sqrt(variance)[:, None] * pca.components_, effects.coef_.T])
    # the posterior of probabilistic PCA: its mean, and its variance
    towards = (pca.components_ * (np.sqrt(variance) / (variance + sigma**2))[:, None]).T
    kernel = np.concatenate([towards, -effects.coef_.T @ towards])
    log_var = np.log(sigma**2 / (variance + sigma**2))
    bias = np.concatenate([-effects.intercept_ @ towards, log_var])
    return [np.pad(kernel, [(0, 0), (0, k)]), bias], [out, effects.intercept_]
