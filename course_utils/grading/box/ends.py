"""The two ends of the line between a judge and a learner's process, which ask each other.

A frame is ``["ask", [what, *details]]``, ``["value", value]`` or ``["error", error]``. Whoever has
asked answers the other's questions until the answer comes: a judge calls a learner's function,
which calls a function of the judge's.
"""

import contextlib
import importlib
import socket

import numpy as np

from course_utils.check import calls, values
from course_utils.check.beside import Remote
from course_utils.grading.box import wire
from course_utils.grading.box.objects import Objects, is_tensor, loaded

PROBES = ("course_utils.check.", "course_utils.probes.")


class Gone(BaseException):
    """The other process has ended, or does not keep to the protocol."""


class End(Objects):
    """What both ends do: ask, and call functions that the other holds a handle of."""

    def __init__(self, channel: socket.socket, space: dict):
        super().__init__(space)
        self.channel = channel
        self.given: dict[int, dict] = {}  # by an iterator's id: what its function was called with
        self.calling: dict = {}  # arguments of the call that is being answered
        self.changed = False  # whether the other side changed anything but generators' states

    def ask(self, what: str, *details):
        """Ask the other side; answers its own questions meanwhile.

        Raises:
            Gone: it has ended.
            Exception: as the other side's code raised it.
        """
        self._send("ask", [what, *details])
        kind, code, arrays = self._receive()
        while kind == "ask":
            self.answer(code, arrays)
            kind, code, arrays = self._receive()
        try:
            found = wire.Frame(self, arrays).unpack(code)
        except wire.WireError as error:
            text = f"What came back is no value that can be judged: {error}."
            raise values.CheckError(text) from None
        if kind == "error":
            raise found
        return found

    def serve(self) -> None:
        """Answer until the other side goes."""
        with contextlib.suppress(Gone):
            while True:
                _, code, arrays = self._receive()
                self.answer(code, arrays)

    def _send(self, kind: str, value) -> None:
        frame = wire.Frame(self)
        code = frame.pack(value)
        try:
            wire.send(self.channel, [kind, code], frame.arrays)
        except OSError as error:
            raise Gone(str(error)) from None

    def _receive(self) -> tuple:
        """Kind and content of a frame, and its arrays."""
        try:
            (kind, code), arrays = wire.receive(self.channel)
        except (EOFError, OSError, TypeError, ValueError) as error:
            raise Gone(str(error)) from None
        if kind not in ("ask", "value", "error"):
            raise Gone("a message that is none")
        return kind, code, arrays

    def answer(self, code, arrays) -> None:
        """Do what the other side asks for, and send what comes out."""
        try:
            what, *details = wire.Frame(self, arrays).unpack(code)
            self._send("value", getattr(self, f"on_{what}")(*details))
        except Gone:
            raise
        except BaseException as error:
            self._send("error", error)

    def on_call(self, handle: int, given: dict):
        """Call a function of this side; returns its result and what it changed of its arguments."""
        before = calls.copied(_states(given))
        found = _run(self.mine[handle], given)
        if hasattr(found, "__next__"):
            self.given[id(found)] = given
        return found, _changed(before, given)

    def call(self, remote: Remote, given: dict):
        """Call a function of the other side's, and change the arguments as it did."""
        outer, self.calling = self.calling, given
        try:
            found, changed = self.ask("call", remote._handle, given)
        finally:
            self.calling = outer
        self.write_back(given, changed)
        return found

    def write_back(self, given: dict, changed: dict) -> None:
        """Change arguments here as they were changed on the other side."""
        for key, new in changed.items():
            if isinstance(given[key], np.random.Generator):
                given[key].bit_generator.state = new
            else:
                self.changed = True
                _write_back(given[key], new)

    def remote(self, handle, kind: str, is_class=False, name: str = "", signature=None) -> Remote:
        """What stands for an object of the other side's, under its class's name."""
        if is_class:
            return _Class(self, handle, name, signature)
        return type(kind[:100], (_Thing,), {})(self, handle, name, signature)


class _Thing(Remote):
    """A function or an object of the other side's."""

    def __init__(self, end: End, handle: int, name: str, signature):
        self._end, self._handle = end, handle
        if name:
            self.__name__ = name[:200]
        self.__signature__ = signature

    def __call__(self, *args, **kwargs):
        return self._end.call(self, dict(enumerate(args)) | kwargs)

    def __getattr__(self, name):
        if name.startswith("_") or isinstance(self._end, Witness):  # a judge tells of none
            raise AttributeError(f"'{type(self).__name__}' object has no attribute {name!r}")
        return self._end.ask("attribute", self._handle, name)

    def _beside(self, function, args, kwargs):
        return self._end.ask("beside", function.__module__, function.__qualname__, args, kwargs)


class _Class(_Thing, type):
    """A class of the other side's; it can only be called, and be given to probes."""

    def __new__(cls, end, handle, name, signature):
        return type.__new__(cls, name[:200], (), {})


class Judge(End):
    """The judge's end: it asks, and lets its own functions be called."""

    def call(self, remote: Remote, given: dict):
        """Call a learner's function; gradients of what it computes can be taken."""
        keys = [key for key, one in given.items() if _is_floating(one)]
        if not keys:
            return super().call(remote, given)
        tf = loaded("tensorflow")
        found = None

        @tf.custom_gradient
        def run(*tensors):
            nonlocal found
            now = given | dict(zip(keys, tensors, strict=True))
            found, slopes_of = self.ask("taped", remote._handle, now, keys)
            outputs = [one for one in tf.nest.flatten(found) if tf.is_tensor(one)]
            floating = [one.dtype.is_floating for one in outputs]

            def gradients(*upstream, variables=None):
                slopes = slopes_of([u for u, real in zip(upstream, floating, strict=True) if real])
                return (slopes, [None] * len(variables)) if variables is not None else slopes

            return outputs, gradients

        outputs = iter(run(*(tf.convert_to_tensor(given[key]) for key in keys)))
        return tf.nest.map_structure(lambda one: next(outputs) if tf.is_tensor(one) else one, found)

    def unknown(self, handle, name, attributes):
        """What stands for an object of a learner's own class."""
        return self.remote(handle, name)

    def _read_iterator(self, handle):
        """The items of a learner's iterator, which may change what its function was given."""
        given = self.calling

        def each():
            while (found := self.ask("next", handle)) is not None:
                self.write_back(given, found[1])
                yield found[0]

        return each()

    def _read_stand_in(self, handle, name, weights):
        """A model of a learner's own class: its weights here, its answers from there."""
        model = _stand_in_class(str(name))(self, handle)
        if weights:
            model.take_over(weights)
        return model


def _stand_in_class(name: str):
    keras = loaded("keras")

    class StandIn(keras.Model):
        def __init__(self, end, handle):
            super().__init__()
            self._end, self._handle = end, handle

        def take_over(self, weights):
            self._as_there = []  # Keras lists weights that are not trained after the others
            for label, value, trainable, number in weights:
                kind = str(value.dtype)
                one = self.add_weight(value.shape, dtype=kind, trainable=trainable, name=label)
                one.assign(value)
                setattr(one, calls.LEARNERS_ID, int(number))
                self._as_there.append(one)
            self.built = True

        def build(self, input_shape):
            zeros = keras.tree.map_shape_structure(
                lambda one: np.zeros(one, "float32"), input_shape
            )
            self.take_over(self._end.ask("run", self._handle, None, zeros, None)[1])

        def call(self, inputs, training=None):
            now = [np.asarray(one) for one in self._as_there]
            found, new = self._end.ask("run", self._handle, now, inputs, training)
            for one, (_, value, _, _) in zip(self._as_there, new, strict=True):
                one.assign(value)
            return found

    StandIn.__name__ = name
    return StandIn


class Witness(End):
    """The learner's end: it runs what it is asked to, and says what came out."""

    def on_name(self, name: str):
        """What a name means in the learner's notebook."""
        return self.space[name]

    def on_next(self, handle: int):
        """The next item of an iterator, and what it changed; None at the end."""
        given = self.given.get(id(self.mine[handle]), {})
        before = calls.copied(_states(given))
        for one in self.mine[handle]:
            return one, _changed(before, given)
        return None

    def on_attribute(self, handle: int, name: str):
        """An attribute of an object."""
        return getattr(self.mine[handle], name)

    def on_taped(self, handle: int, given: dict, keys: list):
        """Call a function while TensorFlow records; the result, and a function of gradients."""
        tf = loaded("tensorflow")
        inputs = [given[key] for key in keys]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(inputs)
            found = _run(self.mine[handle], given)
        outputs = [one for one in tf.nest.flatten(found) if _is_floating(one)]

        def slopes_of(upstream: list):
            # those that are 0 are left out, where there are others
            used = [n for n, one in enumerate(upstream) if np.any(one)] or range(len(upstream))
            asked, slopes = [outputs[n] for n in used], [upstream[n] for n in used]
            return tape.gradient(asked, inputs, output_gradients=slopes)

        return found, slopes_of

    def on_beside(self, module: str, name: str, args: tuple, kwargs: dict):
        """Run a probe, of a module that has some."""
        if not f"{module}.".startswith(PROBES):
            raise ImportError(f"{module}.{name} is no probe")
        return getattr(importlib.import_module(module), name)(*args, **kwargs)

    def on_run(self, handle: int, weights: list, inputs, training):
        """Run a model with these weights; its outputs, and the weights after."""
        model = self.mine[handle]
        if weights is not None:
            model.set_weights(weights)
        found = model(inputs) if training is None else model(inputs, training=training)
        return found, self.weights_of(model)

    def on_seed(self, seed: int):
        """Seed the random generators here, too."""
        from course_utils.training import set_seed

        set_seed(seed)


def _is_floating(value) -> bool:
    """Whether a value is a tensor of which gradients can be taken."""
    return is_tensor(value) and value.dtype in ("float32", "float64")


# ---- a call's arguments, by position and by name, which may be changed in place ---------------


def _run(function, given: dict):
    args = [one for key, one in given.items() if isinstance(key, int)]
    return function(*args, **{key: one for key, one in given.items() if isinstance(key, str)})


def _states(given: dict) -> dict:
    """What of arguments can change in place; most values are their own state."""
    keras, found = loaded("keras"), dict(given)
    for key, value in given.items():
        if isinstance(value, np.random.Generator):
            found[key] = value.bit_generator.state
        elif keras is not None and isinstance(value, keras.Model):
            found[key] = value.get_weights()
    return found


def _changed(before: dict, given: dict) -> dict:
    """Arguments that differ from what was kept of them, as they are now."""
    now = _states(given)
    return {key: one for key, one in now.items() if not calls.alike(before[key], one)}


def _write_back(old, new) -> None:
    keras = loaded("keras")
    if keras is not None and isinstance(old, keras.Model):
        old.set_weights(new)
    elif isinstance(old, np.ndarray):
        if new.size == old.size and old.flags.writeable:
            with contextlib.suppress(AttributeError):  # a view may have no such shape
                old.shape = new.shape
        if new.shape == old.shape and old.flags.writeable:
            old[...] = new
    elif isinstance(old, list):
        old[:] = new
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    elif hasattr(old, "drop") and hasattr(old, "index"):  # a table: that it differs is enough
        old.drop(old.index, inplace=True)
