"""The layers and the training of StyleGAN2 that lesson 47 takes as given."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from course_utils import style_layers as style
from course_utils.style_training import fit_style_gan
from course_utils.training import set_seed


def _normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    "layer", [style.ScaledDense(400), style.ScaledConv(200, 1, activate=False)]
)
def test_scaled_layers_keep_the_variance(layer):
    set_seed(0)
    x = _normal(500, 90) if isinstance(layer, style.ScaledDense) else _normal(10, 8, 8, 90)
    assert np.asarray(layer(x)).std() == pytest.approx(1, abs=0.05)


def test_leaky_keeps_the_mean_square():
    x = _normal(100_000)
    square = np.square(np.asarray(style.leaky(x))).mean()
    assert square == pytest.approx(2 * (1 + 0.04) / 2, abs=0.02)


def test_unit_mean_square():
    x = np.asarray(style.UnitMeanSquare()(5 * _normal(7, 30)))
    np.testing.assert_allclose(np.square(x).mean(axis=1), 1, rtol=1e-4)


def test_batch_deviation_sees_that_all_are_alike():
    x = _normal(6, 4, 4, 3)
    alike = np.repeat(x[:1], 6, axis=0)
    seen = [np.asarray(style.BatchDeviation()(a))[..., -1] for a in (x, alike)]
    assert seen[0].min() == pytest.approx(x.std(axis=0).mean(), rel=1e-3)
    assert np.abs(seen[1]).max() < 1e-3


def test_grouped_convolution_is_the_loop():
    x, kernels = _normal(3, 5, 6, 2), _normal(3, 3, 3, 2, 4, seed=1)
    loop = [ops.conv(x[i : i + 1], kernels[i], padding="same") for i in range(3)]
    np.testing.assert_allclose(style.grouped_conv(x, kernels), ops.concatenate(loop), atol=1e-5)


def test_the_discriminator_survives_saving(tmp_path):
    model = style.style_discriminator((8, 6, 4))
    x = _normal(4, 16, 16, 3)
    assert model(x).shape == (4, 1)
    model.save(tmp_path / "d.keras")
    again = keras.models.load_model(tmp_path / "d.keras")
    np.testing.assert_allclose(again(x), model(x), atol=1e-5)


def _first(first, second, crossover, n_layers):
    use = ops.arange(n_layers)[None, :, None] < crossover[:, None, None]
    return ops.where(use, first[:, None], second[:, None])


@pytest.mark.parametrize("steps", [3, 40])
def test_training_moves_the_networks_and_leaves_averages(steps):
    set_seed(1)
    mapping = keras.Sequential([keras.Input((5,)), style.ScaledDense(6, activate=True)])
    synthesis = keras.Sequential(
        [keras.Input((2, 6)), layers.Flatten(), style.ScaledDense(48), layers.Reshape((4, 4, 3))]
    )
    discriminator = style.style_discriminator((8,))
    before = [w.copy() for w in synthesis.get_weights()]
    real = np.full((20, 4, 4, 3), 0.7, "float32") + 0.05 * _normal(20, 4, 4, 3)
    options = {"steps": steps, "seed": 0, "batch_size": 8, "keep": 0.5}
    fit_style_gan(mapping, synthesis, discriminator, _first, real, **options)
    after = synthesis.get_weights()
    assert all(np.isfinite(w).all() for w in after)
    assert any(np.abs(a - b).max() > 1e-4 for a, b in zip(before, after, strict=True))
