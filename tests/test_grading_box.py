"""The line between a judge and a learner's process: values, proxies, and what does not cross."""

import socket
import threading
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from course_utils import check
from course_utils.grading.box import wire
from course_utils.grading.box.ends import Gone, Judge, Witness
from course_utils.grading.box.objects import require_known


@dataclass
class Point:
    x: float
    y: list


@pytest.fixture
def ends():
    """A judge, and the names of the learner that it asks."""
    ours, theirs = socket.socketpair()
    learners = {}
    witness = Witness(theirs, learners)

    thread = threading.Thread(target=witness.serve, daemon=True)
    thread.start()
    yield Judge(ours, {"Point": Point}), learners
    ours.close()
    theirs.close()
    thread.join(5)


def _fetch(ends, value):
    judge, learners = ends
    learners["it"] = value
    return judge.ask("name", "it")


VALUES = {
    "plain": [1, 2.5, True, None, "é", b"x", 3 + 4j, (1, (2,)), {1: [2]}, {3}, range(2, 9, 3)],
    "not finite": [np.inf, -np.inf],
    "numbers": [np.float32(1.5), np.int8(3), np.bool_(True), np.float64(2)],
    "arrays": [np.arange(6.0).reshape(2, 3), np.zeros((0, 4), "int8"), np.array("ab"), np.ones(())],
    "large integers": [2**100],
    "objects in arrays": [np.array([None, "a", 2], dtype=object)],
}


@pytest.mark.parametrize("name", VALUES)
def test_plain_values_come_back_as_they_were(ends, name):
    found = _fetch(ends, VALUES[name])
    assert len(found) == len(VALUES[name])
    for one, other in zip(found, VALUES[name], strict=True):
        assert type(one) is type(other)
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


def test_tensors_tables_generators_and_models_come_back_as_what_they_are(ends):
    column_major = np.asfortranarray(np.arange(6).reshape(2, 3))
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None]}, index=pd.Index([3, 4], name="n"))
    rng = np.random.default_rng(4)
    rng.random(3)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "relu", name="hidden")])
    things = [tf.constant([1.5]), table, table["a"], rng, model, column_major, Point(1.0, [2])]
    tensor, frame, column, generator, network, array, point = _fetch(ends, things)
    assert tf.is_tensor(tensor) and tensor.dtype == tf.float32 and float(tensor[0]) == 1.5
    pd.testing.assert_frame_equal(frame, table)
    pd.testing.assert_series_equal(column, table["a"])
    assert generator.random() == np.random.default_rng(4).random(4)[3]
    assert isinstance(network, keras.Model) and network.layers[0].name == "hidden"
    assert np.array_equal(network(np.ones((1, 2))), model(np.ones((1, 2))))
    assert array.flags.f_contiguous and np.array_equal(array, column_major)
    assert type(point) is Point and point == Point(1.0, [2])


def test_a_function_is_called_where_it_lives(ends):
    def share(a, b=2, *, c=1):
        return a / b + c

    proxy = _fetch(ends, share)
    assert proxy(6) == 4 and proxy(6, 3, c=0) == 2
    assert proxy.__name__ == "share"
    with pytest.raises(check.CheckError, match="cannot be called as the exercise asks"):
        check.call(proxy, 1, 2, 3)
    assert _fetch(ends, lambda f: f(20) + 1)(lambda x: x * 2) == 41  # and calls back


def test_arguments_that_are_changed_are_seen(ends):
    def spoil(x, items, rng):
        x[0] = 9
        items.append(3)
        return rng.random()

    x, items, rng = np.zeros(2), [1], np.random.default_rng(0)
    assert _fetch(ends, spoil)(x, items, rng) == np.random.default_rng(0).random()
    assert x.tolist() == [9, 0] and items == [1, 3]
    assert rng.random() == np.random.default_rng(0).random(2)[1]
    with pytest.raises(check.CheckError, match="`x` of `spoil` was changed in place"):
        check.call(_fetch(ends, spoil), np.zeros(2), items, rng)


def test_a_shape_that_is_changed_in_place_is_seen(ends):
    def spoil(x):
        x.shape = (2, 2)
        return x

    with pytest.raises(check.CheckError, match="`x` of `spoil` was changed in place"):
        check.call(_fetch(ends, spoil), np.zeros(4))
    view = np.zeros((4, 2))[:, 0]  # whose own shape cannot be another
    assert _fetch(ends, lambda x: x)(view).shape == (4,)


def test_a_generator_is_asked_for_one_item_after_the_other(ends):
    asked = []

    def batches(x, rng):
        for n in range(2):
            asked.append(n)
            yield x[n] + rng.integers(100)

    rng = np.random.default_rng(1)
    items = _fetch(ends, batches)(np.arange(2), rng)
    first = next(items)
    assert asked == [0] and first == np.random.default_rng(1).integers(100)
    assert rng.bit_generator.state != np.random.default_rng(1).bit_generator.state
    assert len(list(items)) == 1


def test_gradients_go_through_a_function_of_the_other_side(ends):
    traced = check.trace(_fetch(ends, lambda x, y: keras.ops.sum(x**2 * y)), [1.0, 3.0], [2.0, 5.0])
    assert float(traced.value) == 47
    slopes = traced.gradients()
    assert slopes[0].tolist() == [4, 30] and slopes[1].tolist() == [1, 9]
    with pytest.raises(check.CheckError, match="No gradient gets through"):
        check.trace(_fetch(ends, lambda x: tf.constant(x.numpy())), [1.0]).gradients()


def test_what_is_compiled_is_compiled_beside_the_learners_function(ends):
    first, _ = check.compiled(_fetch(ends, lambda x, n: x * n), (None, 2), 3, inputs=[[[1.0, 2.0]]])
    assert first.tolist() == [[3, 6]]
    with pytest.raises(check.CheckError, match="not when Keras compiles it"):
        check.compiled(_fetch(ends, lambda x: tf.constant(x.numpy())), (None, 2))


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm, self.dense = keras.layers.BatchNormalization(), keras.layers.Dense(2)

    def call(self, x, training=False):
        return self.dense(self.norm(x, training=training))

    def count_params(self):
        return 0


@pytest.mark.parametrize("built", [False, True])
def test_a_model_of_a_learners_class_answers_through_a_stand_in(ends, built):
    net = Net()
    if built:
        net(np.zeros((1, 3)))
    found, x = _fetch(ends, net), np.random.default_rng(0).random((4, 3)).astype("float32")
    assert isinstance(found, keras.Model) and type(found).__name__ == "Net"
    assert np.allclose(found(x), net(x))
    assert found.count_params() == 3 * 4 + 3 * 2 + 2  # what it has, not what it says
    found.set_weights([np.ones(w.shape) for w in found.get_weights()])
    assert np.allclose(found(x), (x - 1) / np.sqrt(1.001) @ np.ones((3, 2)) + 1 + 3, atol=1e-2)
    before = found.get_weights()
    found(x, training=True)
    assert any(np.any(a != b) for a, b in zip(before, found.get_weights(), strict=True))


def test_an_output_in_place_of_a_model_is_told_in_words(ends):
    output = keras.layers.Dense(2)(keras.Input((3,)))
    for value in (output, [output]):
        with pytest.raises(check.CheckError, match=r"keras\.(Model|Sequential)\("):
            check.probe(_fetch(ends, value), takes=(3,), gives=(2,))


def test_shared_weights_are_known(ends):
    shared = keras.layers.Dense(2)

    def build():
        return keras.Sequential([keras.Input((3,)), shared])

    with pytest.raises(check.CheckError, match="build new layers in every call"):
        check.model(_fetch(ends, build), takes=(3,), gives=(2,))


def test_errors_keep_their_names_and_the_learners_line(ends):
    def wrong(x):
        return np.linalg.inv(np.zeros((2, 2))) * x

    with pytest.raises(ValueError, match="Singular matrix") as caught:
        _fetch(ends, wrong)(1)
    assert type(caught.value).__name__ == "LinAlgError"
    with pytest.raises(check.CheckError) as caught:
        check.call(_fetch(ends, wrong), 1)
    assert "The line is: `return np.linalg.inv(np.zeros((2, 2))) * x`" in str(caught.value)
    with pytest.raises(NotImplementedError):
        check.call(_fetch(ends, _stub), 1)


def _stub(x):
    raise NotImplementedError


def _deep():
    found = []
    for _ in range(100):
        found = [found]
    return found


TOO_MUCH = {
    "nested": _deep,
    "parts": lambda: list(range(300_000)),
    "bytes": lambda: np.broadcast_to(0.0, (1 << 15, 1 << 15)),
    "itself": lambda: [one := [], one.append(one)][0],
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_is_a_wrong_answer_in_words(ends, name):
    with pytest.raises(Exception, match="too deeply|too much|too many"):
        check.call(_fetch(ends, TOO_MUCH[name]))
    assert _fetch(ends, 3) == 3  # and the line still works


def _code(*parts):
    return list(parts)


FORGED = {
    "no kind": _code(3, 4),
    "unknown kind": _code("unpack", 1),
    "beyond": _code("a", "<f8", [3], "C", 0, 24),
    "objects": _code("a", "|O", [1], "C", 0, 8),
    "records": _code("a", "f4,f4", [1], "C", 0, 8),
    "shape": _code("a", "<f8", [5], "C", 0, 8),
    "unhashable": _code("s", _code("l", 1)),
    "handle": _code("mine", 99),
    "generator": _code("generator", _code("d", "bit_generator", "seed"), 1, False),
    "model": _code("model", "{}", _code("l")),
    "text": {"a": 1},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_value_is_refused(name):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        judge = Judge(ours, {})
        with pytest.raises(wire.WireError):
            wire.Frame(judge, memoryview(b"12345678")).unpack(FORGED[name])


def test_of_the_courses_classes_only_those_that_hold_data_are_built():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        judge = Judge(ours, {})
        told = ["object", 1, "Judge", "course_utils.grading.box.ends", ["d", "channel", 3]]
        found = wire.Frame(judge, memoryview(b"")).unpack(told)
    assert not isinstance(found, Judge) and type(found).__name__ == "Judge"


@pytest.mark.parametrize("frame", [b"x" * 12, wire.HEAD.pack(4, 0) + b"nope", wire.HEAD.pack(2, 0)])
def test_a_forged_frame_ends_the_conversation(frame):
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(frame)
        with pytest.raises(Gone):
            Judge(ours, {}).ask("name", "it")


def test_a_judge_does_not_answer_what_only_a_learner_is_asked():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        judge = Judge(ours, {})
        for what in ("name", "attribute", "beside", "run", "seed", "taped", "define"):
            judge.answer(["l", what, 0, ["t"]], memoryview(b""))
            (kind, code), arrays = wire.receive(theirs)
            found = wire.Frame(judge, arrays).unpack(code)
            assert kind == "error" and isinstance(found, AttributeError)


def test_a_learner_who_asks_for_an_attribute_reads_what_python_says_of_it(ends):
    predict = _fetch(ends, lambda f: f.predict(1))
    with pytest.raises(AttributeError, match="^'function' object has no attribute 'predict'"):
        predict(lambda x: x)


def test_probes_are_the_courses_alone(ends):
    judge, _ = ends
    with pytest.raises(ImportError, match="no probe"):
        judge.ask("beside", "os", "getpid", (), {})


CONFIGURATIONS = {
    "a function": {"module": "builtins", "class_name": "function", "config": "eval"},
    "code": {"module": "keras.layers", "class_name": "Lambda", "config": {}},
    "a class of one's own": {"module": None, "class_name": "Own", "registered_name": "mine>Own"},
    "another library's": {"module": "os", "class_name": "system", "config": {}},
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_model_with_anything_but_keras_layers_is_not_built(name):
    config = {"module": "keras", "class_name": "Sequential", "config": [CONFIGURATIONS[name]]}
    with pytest.raises(wire.WireError):
        require_known(config)
