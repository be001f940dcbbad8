"""Budgets, trainings, and what a learner sees while they run."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from course_utils import bars, training

X = np.random.default_rng(0).random((200, 6)).astype("float32")
QUICK = {"batch_size": 50, "epochs": 2}  # so few steps are not worth compiling
LONG = {"batch_size": 10, "epochs": 3}  # 60 steps: compiled


@pytest.mark.parametrize(
    ("quick", "nbgrader", "expected"),
    [("1", "", 2), ("0", "", 50), ("", "", 50), ("", "autograde", 2), ("0", "validate", 2)],
)
def test_budget(monkeypatch, quick, nbgrader, expected):
    monkeypatch.setenv("COURSE_QUICK", quick)
    monkeypatch.setenv("NBGRADER_EXECUTION", nbgrader)
    assert training.budget(50, 2) == expected


def test_the_same_seed_gives_the_same_weights():
    weights = []
    for _ in range(2):
        training.set_seed(5)
        weights.append(_plain().layers[0].kernel.numpy())
    assert np.array_equal(*weights)


# ---- models of every kind that lessons train ----


def _plain():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, "gelu"), layers.Dropout(0.2), layers.Dense(6)]
    )


class Lazy(keras.Model):
    """Its weights are made when it first sees data."""

    def __init__(self):
        super().__init__()
        self.dense, self.norm = layers.Dense(6), layers.BatchNormalization()

    def call(self, x, training=False):
        return self.norm(self.dense(x), training=training)


class Noisy(keras.Model):
    """It trains itself, with noise; what it shows are plain numbers of the last batch."""

    def __init__(self, normal, names=("loss", "size")):
        super().__init__()
        self.net = keras.Sequential([keras.Input((6,)), layers.Dense(6)])
        self.normal, self.names = normal, names

    def train_step(self, x):
        with tf.GradientTape() as tape:
            noise = self.normal(ops.shape(x))
            loss = ops.mean((self.net(x + noise) - x) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return dict(zip(self.names, (loss, ops.mean(x)), strict=False))


class TwoPlayers(Noisy):
    """It has an optimizer of its own, as a GAN has two."""

    def __init__(self):
        super().__init__(keras.random.normal)
        self.second = keras.optimizers.Adam(1e-2)

    def train_step(self, x):
        logs = super().train_step(x)
        weight = self.net.trainable_variables[0]
        self.second.apply([ops.ones_like(weight)], [weight])
        return logs


def _pairs(rng):
    """One epoch of batches, noise and order new."""
    for i in np.array_split(rng.permutation(200), 20):
        yield X[i] + rng.normal(size=X[i].shape).astype("float32"), X[i]


def _dataset(rng):
    return tf.data.Dataset.from_tensor_slices(X).shuffle(200).batch(20)


KINDS = {
    "arrays": (_plain, X, X, "mse"),
    "weights made late": (Lazy, X, X, "mse"),
    "own step, keras.random": (lambda: Noisy(keras.random.normal), X, None, None),
    "own step, tf.random": (lambda: Noisy(tf.random.normal), X, None, None),
    "own optimizer": (TwoPlayers, X, None, None),
    "pairs": (_plain, _pairs, None, "mse"),
    "dataset": (lambda: Noisy(keras.random.normal), _dataset, None, None),
}


COMPILED = ("arrays", "own step, keras.random", "own step, tf.random", "pairs")


@pytest.mark.parametrize(
    ("kind", "amount"),
    [*((k, LONG) for k in COMPILED), *((k, QUICK) for k in KINDS if k not in COMPILED[2:])],
)
def test_seeds_give_the_models_that_separate_trainings_give(kind, amount):
    build, x, y, loss = KINDS[kind]
    together = training.fit_seeds(build, x, y, seeds=(3, 4), loss=loss, **amount)
    following = float(keras.random.normal(()))
    for seed, model in zip((3, 4), together, strict=True):
        training.set_seed(seed)
        alone = build()
        history = training.fit(alone, x, y, loss=loss, **amount)
        for mine, other in zip(alone.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, other)
        assert model.history.history == history
    assert float(keras.random.normal(())) == following
    assert not np.array_equal(*(model.get_weights()[0] for model in together))


def test_several_seeds_are_compiled_once(monkeypatch):
    compiled, compile_model = [], keras.Model.compile
    monkeypatch.setattr(
        keras.Model, "compile", lambda *a, **k: (compiled.append(k), compile_model(*a, **k))[1]
    )
    training.fit_seeds(_plain, X, X, seeds=range(3), loss="mse", **LONG)
    assert len(compiled) == 1 and compiled[0]["steps_per_execution"] == 16
    training.fit(_plain(), X, X, loss="mse", **QUICK)
    assert compiled[1]["run_eagerly"]


@pytest.mark.parametrize("amount", [QUICK, LONG], ids=["eager", "compiled"])
@pytest.mark.parametrize("names", [("loss",), ("loss", "size"), ("other",)])
def test_what_an_own_step_returns_is_averaged_over_the_epoch(names, amount):
    class Fixed(Noisy):
        """Learns nothing, so that the mean over an epoch is that over all rows."""

        def train_step(self, x):
            return dict(zip(self.names, (ops.mean(x), ops.max(x)), strict=False))

    history = training.fit(Fixed(None, names), X[:185], **amount)
    assert list(history) == list(names)
    assert history[names[0]] == pytest.approx([X[:185].mean()] * amount["epochs"], rel=1e-5)


def test_metrics_of_the_model_itself_are_left_alone():
    class Own(Noisy):
        def __init__(self):
            super().__init__(keras.random.normal)
            self.mean = keras.metrics.Mean(name="loss")

        @property
        def metrics(self):
            return [self.mean]

        def train_step(self, x):
            self.mean.update_state(7.0)
            return {"loss": self.mean.result()}

    assert training.fit(Own(), X, **LONG)["loss"] == [7, 7, 7]


def test_the_learning_rate_falls_from_the_given_one_to_zero():
    rates = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

    training.fit(
        _plain(), X, X, loss="mse", learning_rate=0.5, callbacks=[Watch()], batch_size=40, epochs=2
    )
    done = np.arange(1, 11) / 10  # share of the steps: so few are not compiled, each is seen
    assert rates == pytest.approx(0.25 * (1 + np.cos(np.pi * done)), abs=1e-6)


def test_validation_data_give_a_loss_after_each_epoch():
    history = training.fit(_plain(), X, X, loss="mse", validation_data=(X[:9], X[:9]), **QUICK)
    assert sorted(history) == ["loss", "val_loss"] and len(history["val_loss"]) == 2


def test_every_epoch_has_new_batches():
    epochs = []

    def make(rng):
        epochs.append(rng.random())
        yield from _pairs(rng)

    training.set_seed(1)
    training.fit(_plain(), make, epochs=3, loss="mse")
    assert len(set(epochs)) == len(epochs) >= 3


def test_endless_or_empty_data_are_refused_in_words():
    with pytest.raises(ValueError, match="no end"):
        training.fit(_plain(), _dataset(None).repeat(), epochs=1, loss="mse")
    with pytest.raises(ValueError, match="no batch"):
        training.fit(_plain(), X[:0], X[:0], epochs=1, loss="mse")
    unknown = _dataset(None).map(lambda x: (x, x)).filter(lambda x, y: True)
    assert len(training.fit(_plain(), unknown, epochs=2, loss="mse")["loss"]) == 2


def test_no_seeds_no_models():
    assert training.fit_seeds(_plain, X, X, seeds=(), epochs=1, loss="mse") == []


def test_a_model_can_be_trained_again():
    model = _plain()
    first = training.fit(model, X, X, loss="mse", **LONG)["loss"]
    assert training.fit(model, X, X, loss="mse", **LONG)["loss"][-1] < first[-1]


def test_predict_goes_through_all_rows_in_parts():
    model = _plain()
    np.testing.assert_allclose(training.predict(model, X, 64), model(X), rtol=1e-5)
    assert training.predict(model, X[:0]).shape == (0, 6)
    both = training.predict(lambda x: {"x": x[0] + x[1], "two": [x[0], x[1]]}, [X, 2 * X], 70)
    np.testing.assert_allclose(both["x"], 3 * X)
    np.testing.assert_allclose(both["two"][1], 2 * X)


def test_predict_knows_the_shape_of_nothing():
    # with oneDNN, TensorFlow's convolution of no images has the shape of its input
    images = np.zeros((0, 8, 8, 1))
    conv = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.Conv2D(5, 3)])
    assert training.predict(conv, images).shape == (0, 4, 4, 5)
    with_label = training.predict(lambda x: x[0][:, 0, 0] + x[1], [images, np.zeros((0, 1), int)])
    assert with_label.shape == (0, 1)


def test_predict_leaves_dropout_out():
    np.testing.assert_array_equal(*(training.predict(_plain_1, X) for _ in range(2)))


_plain_1 = _plain()


# ---- what is seen ----


def _model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_a_training_shows_one_line_on_standard_output_only(capsys):
    x = np.ones((8, 3), "float32")
    callback = training.ProgressBar("tiny net")
    _model().fit(x, x[:, :1], epochs=3, verbose=0, callbacks=[callback], validation_split=0.5)
    captured = capsys.readouterr()
    assert captured.err == ""
    last = captured.out.strip().split("\r")[-1]
    assert "tiny net: 100%" in last and "3/3" in last and "val_loss=" in last
    assert captured.out.count("\n") == 1


def test_several_seeds_show_one_line_together(capfd):
    training.fit_seeds(_plain, X, X, seeds=(3, 4), loss="mse", title="net", **LONG)
    training.fit_seeds(_plain, _pairs, seeds=(3, 4), loss="mse", title="net", epochs=2)
    captured = capfd.readouterr()
    assert captured.err == "" and captured.out.count("\n") == 2
    last = captured.out.strip().split("\n")[0].split("\r")[-1]
    assert "net, seed 4: 100%" in last and "6/6" in last and "loss=" in last


def test_progress_bar_over_items_keeps_them_and_standard_error_clean(capsys):
    assert list(training.progress_bar([1, 2, 3], "seeds")) == [1, 2, 3]
    assert capsys.readouterr().err == ""


def test_the_live_curve_keeps_the_history():
    x = np.ones((8, 3), "float32")
    live = training.LiveCurve("tiny", target=0.1, target_name="oracle", every=2)
    history = _model().fit(x, x[:, :1], epochs=5, verbose=0, callbacks=[live])
    assert live.history["loss"] == pytest.approx(history.history["loss"])


class Stop(keras.callbacks.Callback):
    """As the stop button."""

    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


@pytest.fixture
def cells(monkeypatch):
    """Pretends to be a notebook; the next cell begins with cells.append(...)."""
    executed = [1]
    monkeypatch.setattr(bars, "_cell", lambda: len(executed))
    return executed


def _interrupted_fit():
    x = np.zeros((8, 3), "float32")
    _model().fit(x, x[:, :1], epochs=5, verbose=0, callbacks=[bars.ProgressBar("old"), Stop()])


def _interrupted_loop():
    for _ in bars.progress_bar(range(5), "old"):
        raise KeyboardInterrupt


@pytest.mark.parametrize("interrupted", [_interrupted_fit, _interrupted_loop])
def test_the_bar_after_an_interrupted_training_is_clean(interrupted, cells, capsys):
    with pytest.raises(KeyboardInterrupt) as kept:  # as a notebook keeps the last error
        interrupted()
    capsys.readouterr()
    cells.append("the next cell")
    training.fit(_plain(), X, X, loss="mse", title="new", **QUICK)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "\x1b" not in out and "old" not in out and "2/2" in out
    assert kept.value is not None


def test_an_interrupted_fit_leaves_a_model_that_can_be_trained(cells, capsys):
    model = _plain()
    with pytest.raises(KeyboardInterrupt):
        training.fit(model, X, X, loss="mse", title="old", callbacks=[Stop()], **LONG)
    assert capsys.readouterr().out.endswith("\n") and not bars._open
    assert "train_step" not in vars(model)
    assert len(training.fit(model, X, X, loss="mse", **LONG)["loss"]) == 3


def test_a_bar_within_a_bar_takes_no_line(cells, capsys):
    for _ in training.progress_bar(range(2), "outer"):
        training.fit(_plain(), X, X, loss="mse", title="inner", **QUICK)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and "inner" not in out and "2/2" in out
