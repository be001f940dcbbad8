"""Alphabets with four given letters, their scores, and the small translators."""

import keras
import numpy as np
import pytest
from keras import ops

from course_utils import translators
from course_utils.alphabets import LETTERS, Alphabets, load_alphabets, places
from course_utils.training import fit


@pytest.fixture(scope="module")
def alphabets():
    return load_alphabets(every=20, n_test=6)


def test_no_kin_is_in_both_parts():
    whole = load_alphabets()
    assert whole.train.shape == (283, 52, 32, 32) and whole.test.shape == (80, 52, 32, 32)
    assert len(whole.kin_train) == 283 and len(whole.kin_test) == 80
    assert not set(whole.kin_train) & set(whole.kin_test)


def test_some_fonts_keep_their_kin(alphabets):
    whole = load_alphabets()
    assert np.array_equal(alphabets.train, whole.train[::20])
    assert list(alphabets.kin_train) == list(whole.kin_train[::20])
    assert list(alphabets.kin_test) == list(whole.kin_test[:6])


def test_four_letters_are_given(alphabets):
    assert "".join(LETTERS[i] for i in alphabets.given) == "REag"
    assert sorted(alphabets.given + alphabets.unseen) == list(range(52))
    references = alphabets.references(alphabets.test)
    assert np.array_equal(references[1, 1024:2048], alphabets.test[1, places("E")[0]].ravel())


def test_errors_count_the_unseen_letters_alone(alphabets):
    drawn = alphabets.test.copy()
    drawn[:, alphabets.given] = 7
    assert np.all(alphabets.errors(drawn, alphabets.test) == 0)
    drawn[1] += 0.5
    assert np.allclose(alphabets.errors(drawn, alphabets.test)[:3], [0, 0.25, 0])
    assert np.allclose(alphabets.errors(drawn, alphabets.test, power=1)[:3], [0, 0.5, 0])


def test_grey_share_is_of_ink():
    pictures = np.zeros((1, 52, 2, 2), dtype="float32")
    one = Alphabets(pictures, pictures, np.array(["a"]), np.array(["b"]))
    assert np.isnan(one.grey_share(pictures))
    pictures[0, one.unseen] = [[0.1, 0.5], [0.9, 1.0]]
    assert one.grey_share(pictures) == pytest.approx(1 / 3)


def test_ink_is_a_ratio_of_the_unseen_letters(alphabets):
    drawn = alphabets.test.copy()
    drawn[:, alphabets.given] = 1
    drawn[1] /= 2
    assert np.allclose(alphabets.ink(drawn, alphabets.test)[:3], [1, 0.5, 1])


def test_flat_alphabets_become_pictures(alphabets):
    flat = alphabets.test.reshape(len(alphabets.test), -1) * 3 - 1
    pictures = alphabets.pictures(flat)
    assert pictures.shape == alphabets.test.shape
    assert pictures.min() == 0 and pictures.max() == 1


def test_translators_start_near_a_copy():
    rng = np.random.default_rng(0)
    letters = rng.random((2, 32, 32, 5)).astype("float32")
    drawn = np.asarray(translators.letter_translator()(letters))[..., 0]
    assert np.array_equal(drawn > 0.5, letters[..., 0] > 0.5)
    pictures = rng.random((2, 16, 16, 3)).astype("float32")
    coloured = np.asarray(translators.character_translator(grey=False)(pictures))
    assert np.corrcoef(coloured.ravel(), pictures.ravel())[0, 1] > 0.95
    grey = np.asarray(translators.character_translator(grey=True)(pictures))
    assert grey.shape == pictures.shape and np.array_equal(grey[..., 0], grey[..., 2])
    assert translators.character_patches()(pictures).shape == (2, 8, 8, 1)


def one_number(value):
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    network.set_weights([np.array([[value]])])
    return network


def test_each_side_learns_by_its_own_loss():
    translator, discriminator = one_number(1.0), one_number(2.0)

    def losses(x, y):
        fake = translator(x)
        logits = discriminator(ops.stop_gradient(fake))
        return ops.mean(ops.square(fake - y)), ops.mean(logits)

    model = translators.Adversaries(
        [translator], [discriminator], losses, steps=10, learning_rate=0.1
    )
    model.compile(run_eagerly=True)
    x, y = np.ones((4, 1), "float32"), np.zeros((4, 1), "float32")
    logs = model.train_step((ops.convert_to_tensor(x), ops.convert_to_tensor(y)))
    assert float(logs["g_loss"]) == pytest.approx(1) and float(logs["d_loss"]) == pytest.approx(2)
    assert translator.get_weights()[0][0, 0] == pytest.approx(0.9, abs=1e-4)
    assert discriminator.get_weights()[0][0, 0] == pytest.approx(1.95, abs=1e-4)


def test_a_translator_learns_without_a_game():
    translator = one_number(1.0)
    model = translators.Adversaries(
        [translator], [], lambda x, y: (ops.mean(ops.abs(translator(x) - y)), 0.0), steps=12
    )
    x = np.ones((64, 1), "float32")
    history = fit(model, x, 0 * x, epochs=3, batch_size=16)
    assert translator.get_weights()[0][0, 0] < 0.999
    assert history["d_loss"] == [0.0] * 3


def test_a_disturbed_grey_picture_stays_grey_and_near():
    greys = np.full((1, 3, 2, 3), 0.5, dtype="float32")
    noisy = translators.faint_noise(greys)
    assert noisy.shape == greys.shape and noisy.dtype == np.float32
    assert 0 < np.abs(noisy - greys).max() < 0.15
    assert np.array_equal(noisy[..., 0], noisy[..., 2])
    assert np.array_equal(noisy, translators.faint_noise(greys))
    greys[0, :, :, :] = np.reshape([0, 0.29, 0.31, 0.69, 0.71, 1], (3, 2, 1))
    expected = np.reshape([0.1, 0.1, 0.5, 0.5, 0.9, 0.9], (3, 2))
    assert np.allclose(translators.nearest_grey(greys)[0, ..., 1], expected)


def test_three_greys_by_the_mean_of_the_channels():
    pictures = np.zeros((1, 2, 2, 3), dtype="float32")
    pictures[0] = [[[0, 0, 0], [1, 0.3, 0]], [[1, 0.5, 0], [1, 1, 0.5]]]
    greys = translators.three_greys(pictures)
    assert greys.shape == pictures.shape and greys.dtype == np.float32
    assert isinstance(greys, np.ndarray)
    assert np.allclose(greys[0, ..., 1], [[0.1, 0.5], [0.5, 0.9]])
    assert np.allclose(translators.three_greys(greys), greys)
    tensor = translators.three_greys(ops.convert_to_tensor(pictures))
    assert ops.is_tensor(tensor) and np.allclose(tensor, greys)
