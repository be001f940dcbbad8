import numpy as np

from course_utils.session import keras
from course_utils.small_vae import SmallVAE, train_vae
from course_utils.training import predict, set_seed

PICTURES = np.random.default_rng(0).random((30, 4, 5, 3)).astype("float32")


def test_it_copies_without_noise_and_decodes_codes():
    set_seed(0)
    vae = SmallVAE((4, 5, 3), latent_dim=6)
    copies = predict(vae, PICTURES)
    assert copies.shape == PICTURES.shape
    np.testing.assert_array_equal(copies, predict(vae, PICTURES))
    assert vae.losses == []  # no KL term outside training
    assert predict(vae.decoder, np.zeros((2, 6), "float32")).shape == (2, 4, 5, 3)
    mean = predict(vae.encoder, PICTURES)[:, :6]
    np.testing.assert_allclose(predict(vae.decoder, mean), copies, atol=1e-5)


def test_in_training_it_draws_codes_and_adds_the_kl_term():
    set_seed(1)
    vae = SmallVAE((4, 5, 3), latent_dim=6)
    first, second = (np.asarray(vae(PICTURES, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-3
    mean, log_var = np.split(predict(vae.encoder, PICTURES), 2, axis=1)
    kl = (mean**2 + np.exp(log_var) - 1 - log_var).sum(axis=1).mean() / 2
    assert np.isclose(float(vae.losses[-1]), kl, rtol=1e-4)


def test_the_error_is_that_of_a_gaussian():
    vae = SmallVAE((4, 5, 3), noise=0.5)
    copy = PICTURES + 0.1
    loss = keras.ops.convert_to_numpy(vae.log_likelihood_loss(PICTURES, copy))
    np.testing.assert_allclose(loss, np.full(30, 60 * 0.01 / 0.5), rtol=1e-4)


def test_training_repeats_and_lowers_the_error():
    few = train_vae(PICTURES, steps=1, seed=3)
    many, again = (train_vae(PICTURES, steps=60, seed=3) for _ in range(2))
    errors = [np.square(predict(vae, PICTURES) - PICTURES).mean() for vae in (few, many)]
    assert errors[1] < errors[0]
    np.testing.assert_allclose(predict(many, PICTURES), predict(again, PICTURES), atol=1e-4)
