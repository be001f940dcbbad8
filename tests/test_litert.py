"""LiteRT files: any batch, quietly."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils.litert import LiteRTModel, quietly


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu")])


def converted(model) -> bytes:
    with quietly():
        return tf.lite.TFLiteConverter.from_keras_model(model).convert()


def test_a_free_batch_takes_any_number_of_rows(model):
    run = LiteRTModel(converted(model))
    assert run.batch == -1 and run.dtypes == ("float32", "float32")
    for n in (1, 5, 2):
        codes = np.random.default_rng(n).normal(size=(n, 4)).astype("float32")
        assert np.abs(run(codes) - np.asarray(model(codes))).max() < 1e-5
    assert ("float32", 12) in run.arrays().values()


def test_a_result_stays_when_the_next_one_comes(model):
    run = LiteRTModel(converted(model))
    first = run(np.ones((1, 4), "float32"))
    kept = first.copy()
    run(np.full((1, 4), -2, "float32"))
    assert np.array_equal(first, kept)


def test_int8_arrays_tell_their_range(model):
    codes = np.linspace(-3, 5, 32, dtype="float32").reshape(8, 4)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: [[codes]]
    with quietly():
        run = LiteRTModel(converter.convert())
    sizes = {name: size for name, (_, size) in run.arrays().items()}
    (ends,) = [ends for name, ends in run.ranges().items() if sizes[name] == 4]
    assert ends == pytest.approx((-3, 5), abs=0.02)


def test_a_fixed_batch_is_told(model):
    fixed = keras.Sequential([keras.Input(batch_shape=(2, 4)), *model.layers])
    run = LiteRTModel(converted(fixed))
    assert run.batch == 2
    with pytest.raises(ValueError, match="batches of 2, not of 3"):
        run(np.zeros((3, 4), "float32"))


def test_conversion_says_nothing(model, capfd):
    LiteRTModel(converted(model))
    assert capfd.readouterr() == ("", "")


def test_an_error_is_not_hidden(capfd):
    import os

    with pytest.raises(RuntimeError), quietly():
        os.write(2, b"what went wrong")
        raise RuntimeError
    assert "what went wrong" in capfd.readouterr().err
