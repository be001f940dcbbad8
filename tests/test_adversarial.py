"""The training loop of the small GANs, and the judge of characters."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from course_utils import adversarial, classifier
from course_utils import character_judge as judge
from course_utils.data import DataError, load_characters
from course_utils.session import keras


def d_loss(real, fake):
    return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))


def g_loss(fake):
    return tf.reduce_mean(tf.nn.softplus(-fake))


def networks():
    return adversarial.small_generator(8, 4), adversarial.small_discriminator(4)


REAL = np.random.default_rng(0).uniform(-1, 1, (40, 16, 16, 3)).astype("float32")
LOSSES = {"d_loss": d_loss, "g_loss": g_loss, "batch_size": 8}


def fit(**options):
    return adversarial.fit_gans(networks, REAL, **(LOSSES | {"steps": 3} | options))


def weights(model):
    return np.concatenate([np.ravel(w) for w in model.get_weights()])


def test_networks_have_the_shapes_that_they_promise():
    g, d = adversarial.small_generator(), adversarial.small_discriminator()
    images = g(np.zeros((2, 64), "float32"))
    assert images.shape == (2, 16, 16, 3) and d(images).shape == (2, 1)
    assert adversarial.small_discriminator(4, head=False).output_shape == (None, 128)


def test_a_discriminators_layers_can_be_wrapped_and_bounded():
    wrapped = []

    def wrap(layer):
        wrapped.append(layer)
        return layer

    class Small(keras.constraints.Constraint):
        def __call__(self, w):
            return keras.ops.clip(w, -0.01, 0.01)

    def build():
        return adversarial.small_generator(8, 4), adversarial.small_discriminator(
            4, wrap=wrap, constraint=Small()
        )

    d = adversarial.fit_gans(build, REAL, steps=1, **LOSSES)[0].discriminator
    assert len(wrapped) % 3 == 0
    assert all(np.abs(w).max() <= 0.0101 for w in d.get_weights() if w.ndim > 1)


@pytest.mark.parametrize("eager_steps", [0, 10])
def test_several_seeds_give_what_each_gives_alone(eager_steps, monkeypatch):
    monkeypatch.setattr(adversarial, "EAGER_STEPS", eager_steps)
    both, alone = fit(seeds=(0, 1)), fit(seeds=(1,))[0]
    np.testing.assert_allclose(weights(both[1].generator), weights(alone.generator), atol=1e-6)
    np.testing.assert_allclose(both[1].history["d_loss"], alone.history["d_loss"], rtol=1e-5)
    assert [one.seed for one in both] == [0, 1] and both[0].steps == 3
    assert np.abs(weights(both[0].generator) - weights(both[1].generator)).max() > 0.01


def test_the_first_step_is_that_of_lesson_42():
    """Fakes from the seeded noise; D's update; then G's loss against the updated D."""
    gan = fit(steps=1, learning_rates=(1e-3, 1e-3))[0]
    keras.utils.set_random_seed(0)
    g, d = networks()
    rows = np.random.default_rng([0, 1]).integers(0, len(REAL), 8)
    codes = tf.random.stateless_normal((8, 8), tf.constant((0, 0)))
    with tf.GradientTape() as tape:
        loss = d_loss(d(REAL[rows]), d(tf.stop_gradient(g(codes, training=True))))
    optimizer = keras.optimizers.Adam(1e-3, 0.5)
    optimizer.apply(tape.gradient(loss, d.trainable_variables), d.trainable_variables)
    assert gan.history["d_loss"][0] == pytest.approx(float(loss), rel=1e-5)
    np.testing.assert_allclose(weights(gan.discriminator), weights(d), atol=1e-5)
    later = float(g_loss(d(g(codes, training=True))))
    assert gan.history["g_loss"][0] == pytest.approx(later, rel=1e-4)


@pytest.mark.parametrize("eager_steps", [0, 10])
def test_hooks_are_asked_and_obeyed(eager_steps, monkeypatch):
    monkeypatch.setattr(adversarial, "EAGER_STEPS", eager_steps)
    asked = set()

    def penalty(critic, real, fake, seed):
        asked.add("penalty")
        assert critic(real).shape == (8, 1) and fake.shape == real.shape and seed.shape == (2,)
        return 0.0 * tf.reduce_sum(critic(fake))

    def of_real(x, seed):
        asked.add("real")
        return x + tf.random.stateless_normal(x.shape, seed)

    def of_fake(x, seed):
        asked.add("fake")
        return x

    def average(averaged, generator):
        for a, w in zip(averaged.variables, generator.variables, strict=True):
            a.assign(0.5 * a + 0.5 * w)

    gan = fit(penalty=penalty, augment=(of_real, of_fake), average=average, d_steps=2)[0]
    assert asked == {"penalty", "real", "fake"} and gan.averaged is not None
    assert np.abs(weights(gan.averaged) - weights(gan.generator)).max() > 1e-6
    plain = fit(d_steps=2)[0]
    assert np.abs(weights(plain.discriminator) - weights(gan.discriminator)).max() > 1e-6
    assert plain.averaged is None
    np.testing.assert_allclose(
        weights(fit(penalty=penalty)[0].generator), weights(fit()[0].generator), atol=1e-6
    )


def test_seconds_films_and_samples():
    noise = adversarial.latent_codes(5, seed=1, latent_dim=8)
    gan = fit(steps=None, seconds=0.3, fixed_noise=noise, frames=3, decay=True, seeds=(3,))[0]
    assert gan.steps == len(gan.history["g_loss"]) > 0 and gan.seconds >= 0.3
    # on a busy machine one step may take all the time, and be none to stop at half-way
    assert len(gan.frames) == len(gan.frame_steps) in (2, 3)
    assert gan.frame_steps[0] == 0 and gan.frame_steps[-1] == gan.steps
    counted = fit(steps=4, fixed_noise=noise, frames=3, seeds=(3,))[0]
    assert counted.frames.shape == (3, 5, 16, 16, 3) and counted.frame_steps == [0, 2, 4]
    images = gan.pictures(4, seed=2)
    assert images.shape == (4, 16, 16, 3) and images.min() >= 0 and images.max() <= 1
    np.testing.assert_array_equal(images, gan.pictures(4, seed=2))
    with pytest.raises(ValueError, match="steps or seconds"):
        fit(seconds=1)


def test_labels_reach_both_networks():
    def conditional():
        codes, labels = keras.Input((8,)), keras.Input((3,))
        inner = adversarial.small_generator(11, 4)
        g = keras.Model([codes, labels], inner(keras.layers.concatenate([codes, labels])))
        images, again = keras.Input((16, 16, 3)), keras.Input((3,))
        flat = adversarial.small_discriminator(4, head=False)(images)
        logits = keras.layers.Dense(1)(keras.layers.concatenate([flat, again]))
        return g, keras.Model([images, again], logits)

    labels = np.eye(3, dtype="float32")[np.arange(40) % 3]
    gan = adversarial.fit_gans(conditional, REAL, labels=labels, steps=2, **LOSSES)[0]
    assert gan.pictures(3, labels=labels[:3]).shape == (3, 16, 16, 3)


def test_the_judge_reads_characters_and_knows_the_failures_that_it_should():
    characters = load_characters("pixel-art", 16, n=400)
    x, table = characters.x_train, characters.factors_train
    found, right = judge.read_factors(x), judge.factor_numbers(table)
    assert all(np.mean(found[name] == right[name]) > 0.97 for name in judge.VALUES)
    one = judge.CharacterJudge(x[:160])
    real, rows = one(x[160:]), np.random.default_rng(0)
    noisy = one(np.clip(x[160:] + rows.normal(0, 0.2, x[160:].shape), 0, 1))
    repeated = one(np.repeat(x[160:164], 40, axis=0))
    assert real["distance"] < 0.7 * noisy["distance"] and real["precision"] > noisy["precision"]
    assert repeated["coverage"] < 0.3 * real["coverage"] and noisy["clean"] < 0.2 < real["clean"]
    assert judge.character_features(x[:0]).shape == (0, 64)


def test_the_gap_of_gaussians_is_known_exactly():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 3))
    whitened = np.linalg.qr(points - points.mean(0))[0] * np.sqrt(49)
    a, b = whitened * [1.0, 2.0, 0.5], whitened * [3.0, 2.0, 0.0] + [0.0, 1.0, 2.0]
    assert judge.gaussian_gap(a, b) == pytest.approx(4 + 0.25 + 1 + 4)
    assert judge.gaussian_gap(points, points) == pytest.approx(0, abs=1e-9)
    assert judge.gaussian_gap(points[:2], points) > 0


def test_the_judge_refuses_what_it_cannot_read(monkeypatch, tmp_path):
    for bad in (
        np.zeros((2, 32, 32, 3)),
        np.full((2, 16, 16, 3), 3.0),
        np.full((1, 16, 16, 3), np.nan),
    ):
        with pytest.raises(ValueError, match="expected"):
            judge.character_features(bad)
    with pytest.raises(ValueError, match="more than"):
        judge.CharacterJudge(np.zeros((3, 16, 16, 3)))
    table = pd.DataFrame({name: [values[0]] for name, values in judge.VALUES.items()})
    assert judge.factor_numbers(table.assign(glasses="none"))["glasses"].tolist() == [0]
    judge.load_character_classifier.cache_clear()
    monkeypatch.setattr(classifier, "data_dir", lambda: tmp_path)
    with pytest.raises(DataError, match="make_character_classifier"):
        judge.load_character_classifier()
    judge.load_character_classifier.cache_clear()
