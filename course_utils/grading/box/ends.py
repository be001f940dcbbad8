"""The two ends of the line between a judge and a learner's process, which ask each other.

A frame is ``["ask", what, handle, details]``, ``["value", value]`` or ``["error", told]``. Whoever
has asked answers the other's questions until the answer comes: a judge calls a learner's function,
which calls a function of the judge's.
"""

import contextlib
import importlib
import socket

import numpy as np

from course_utils.check import calls, values
from course_utils.check.beside import Remote
from course_utils.grading.box import wire
from course_utils.grading.box.errors import error_of, told_of
from course_utils.grading.box.objects import Objects, _module, is_tensor, signature_of

PROBES = ("course_utils.check.", "course_utils.probes.")


class Gone(BaseException):
    """The other process has ended, or does not keep to the protocol."""


class End(Objects):
    """What both ends do: ask, and call functions that the other holds a handle of."""

    def __init__(self, channel: socket.socket, names):
        super().__init__(names)
        self.channel = channel
        self.given: dict[int, dict] = {}  # by an iterator's id: what its function was called with
        self.calling: dict = {}  # arguments of the call that is being answered

    def ask(self, what: str, handle: int = 0, *details):
        """Ask the other side; answers its own questions meanwhile.

        Raises:
            Gone: it has ended.
            Exception: as the other side's code raised it.
        """
        self._send("ask", details, what, handle)
        while True:
            message, arrays = self._receive()
            if message[0] == "ask":
                self.answer(message, arrays)
            elif message[0] == "error":
                raise error_of(message[1])
            else:
                try:
                    return self.reader(arrays).unpack(message[1])
                except wire.WireError as error:
                    raise values.CheckError(
                        f"What came back is no value that can be judged: {error}."
                    ) from None

    def _send(self, kind: str, value, *head) -> None:
        writer = self.writer()
        code = writer.pack(value)
        self._put([kind, *head, code], writer.arrays)

    def _put(self, message, arrays=()) -> None:
        try:
            wire.send(self.channel, message, arrays)
        except OSError as error:
            raise Gone(str(error)) from None

    def _receive(self):
        try:
            message, arrays = wire.receive(self.channel)
        except (EOFError, OSError, wire.WireError) as error:
            raise Gone(str(error)) from None
        sizes = {"ask": 4, "value": 2, "error": 2}
        if not isinstance(message, list) or len(message) != sizes.get(
            str(message[:1] and message[0])
        ):
            raise Gone("a message that is none")
        return message, arrays

    def answer(self, message, arrays) -> None:
        """Do what the other side asks for, and send what comes out."""
        _, what, handle, code = message
        try:
            details = self.reader(arrays).unpack(code)
            found = getattr(self, f"on_{what}")(handle, *details)
            self._send("value", found)
        except Gone:
            raise
        except BaseException as error:
            self._put(["error", told_of(error)])

    def on_call(self, handle: int, args: tuple, kwargs: dict):
        """Call a function of this side; returns its result and what it changed of its arguments."""
        given = _by_key(args, kwargs)
        before = _snapshot(given)
        found = self.mine[handle](*args, **kwargs)
        if hasattr(found, "__next__"):
            self.given[id(found)] = given
        return found, _changed(before, given)

    def call(self, remote: Remote, args: tuple, kwargs: dict):
        """Call a function of the other side's, and change the arguments as it did."""
        given, outer = _by_key(args, kwargs), self.calling
        self.calling = given
        try:
            found, changed = self.ask("call", remote._handle, args, kwargs)
        finally:
            self.calling = outer
        _put_all_back(given, changed)
        return found

    def remote(self, handle: int, told: dict) -> Remote:
        """What stands for an object of the other side's, under its class's name."""
        if told.get("class"):
            return _Class(self, handle, told)
        return type(str(told.get("kind"))[:100], (_Thing,), {})(self, handle, told)


class _Thing(Remote):
    """A function or an object of the other side's."""

    def __init__(self, end: End, handle: int, told: dict):
        self._end, self._handle, self._told = end, handle, told
        if told.get("name"):
            self.__name__ = str(told["name"])[:200]
        self.__signature__ = signature_of(told.get("signature"))

    def __call__(self, *args, **kwargs):
        return self._end.call(self, args, kwargs)

    def __getattr__(self, name):
        if name.startswith("_") or isinstance(self._end, Witness):  # a judge tells of none
            raise AttributeError(f"'{self._told.get('kind')}' object has no attribute {name!r}")
        return self._end.ask("attribute", self._handle, name)

    def _beside(self, function, args, kwargs):
        return self._end.ask("beside", 0, function.__module__, function.__qualname__, args, kwargs)


class _Class(_Thing, type):
    """A class of the other side's; it can only be called, and be given to probes."""

    def __new__(cls, end, handle, told):
        return type.__new__(cls, str(told["name"])[:200], (), {})


class Judge(End):
    """The judge's end: it asks, and lets its own functions be called."""

    def call(self, remote: _Thing, args: tuple, kwargs: dict):
        """Call a learner's function; gradients of what it computes can be taken."""
        tf = _module("tensorflow")
        if tf is not None:
            flat = [one for one in tf.nest.flatten((args, kwargs)) if is_tensor(one)]
            if any(not hasattr(one, "numpy") for one in flat):
                raise wire.WireError("a symbolic tensor, which has no value yet")
            if any(map(_is_floating, (*args, *kwargs.values()))):
                return self._call_taped(remote, args, kwargs, tf)
        return super().call(remote, args, kwargs)

    def _call_taped(self, remote, args, kwargs, tf):
        given, box = _by_key(args, kwargs), {}
        keys = [key for key, one in given.items() if _is_floating(one)]

        @tf.custom_gradient
        def run(*tensors):
            now = given | dict(zip(keys, tensors, strict=True))
            some = tuple(now[k] for k in range(len(args))), {k: now[k] for k in kwargs}
            box["found"], handle = self.ask("taped", remote._handle, *some, keys)
            outputs = [one for one in tf.nest.flatten(box["found"]) if tf.is_tensor(one)]
            floating = [one.dtype.is_floating for one in outputs]

            def gradients(*upstream, variables=None):
                asked = [u for u, real in zip(upstream, floating, strict=True) if real]
                slopes = self.ask("gradients", handle, asked)
                return (slopes, [None] * len(variables)) if variables is not None else slopes

            return outputs, gradients

        outputs = iter(run(*(tf.convert_to_tensor(given[k]) for k in keys)))
        return tf.nest.map_structure(
            lambda one: next(outputs) if tf.is_tensor(one) else one, box["found"]
        )

    def unknown(self, handle: int, told: dict, attributes: dict):
        """What stands for an object of a learner's own class."""
        return self.remote(handle, told)

    def items(self, handle: int):
        """The items of a learner's iterator, which may change what the function was given."""
        given = self.calling

        def each():
            while (found := self.ask("next", handle)) is not None:
                _put_all_back(given, found[1])
                yield found[0]

        return each()

    def stand_in(self, handle: int, name: str, weights: list[tuple]):
        """A model of a learner's own class: its weights here, its answers from there."""
        model = _stand_in_class(name)(self, handle)
        if weights:
            model.take_over(weights)
        return model


def _stand_in_class(name: str):
    keras = _module("keras")

    class StandIn(keras.Model):
        def __init__(self, end, handle):
            super().__init__()
            self._end, self._handle = end, handle

        def take_over(self, weights):
            self._as_there = []  # Keras lists weights that are not trained after the others
            for label, value, trainable, token in weights:
                kind = str(value.dtype)
                one = self.add_weight(value.shape, dtype=kind, trainable=trainable, name=label)
                one.assign(value)
                setattr(one, calls.LEARNERS_ID, token)
                self._as_there.append(one)
            self.built = True

        def build(self, input_shape):
            zeros = _module("keras").tree.map_shape_structure(
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

    def on_name(self, handle: int, name: str):
        """What a name means in the learner's notebook."""
        return self.names(name, True)

    def on_next(self, handle: int):
        """The next item of an iterator, and what it changed; None at the end."""
        given = self.given.get(id(self.mine[handle]), {})
        before = _snapshot(given)
        for one in self.mine[handle]:
            return one, _changed(before, given)
        return None

    def on_attribute(self, handle: int, name: str):
        """An attribute of an object."""
        return getattr(self.mine[handle], name)

    def on_taped(self, handle: int, args: tuple, kwargs: dict, keys: list):
        """Call a function while TensorFlow records; the result, and a handle of the tape."""
        tf = _module("tensorflow")
        given = _by_key(args, kwargs)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([given[key] for key in keys])
            found = self.mine[handle](*args, **kwargs)
        outputs = [one for one in tf.nest.flatten(found) if _is_floating(one)]
        return found, self.keep((tape, outputs, [given[key] for key in keys]))

    def on_gradients(self, handle: int, upstream: list):
        """Gradients of what a tape recorded."""
        tape, outputs, inputs = self.mine[handle]
        pairs = [(one, up) for one, up in zip(outputs, upstream, strict=True) if np.any(up)]
        outputs, upstream = zip(*pairs, strict=True) if pairs else (outputs, upstream)
        return tape.gradient(list(outputs), inputs, output_gradients=list(upstream))

    def on_beside(self, handle: int, module: str, name: str, args: tuple, kwargs: dict):
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

    def on_seed(self, handle: int, seed: int):
        """Seed the random generators here, too."""
        from course_utils.training import set_seed

        set_seed(seed)


def _is_floating(value) -> bool:
    """Whether a value is a tensor of which gradients can be taken."""
    return is_tensor(value) and value.dtype in ("float32", "float64")


# ---- arguments that are changed in place -----------------------------------------------------


def _by_key(args: tuple, kwargs: dict) -> dict:
    """A call's arguments by position and by name."""
    return dict(enumerate(args)) | kwargs


def _state(value):
    """What of an argument can change in place; most values are their own state."""
    keras = _module("keras")
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if keras is not None and isinstance(value, keras.Model):
        return value.get_weights()
    return value


def _snapshot(given: dict) -> dict:
    """Copies of arguments, to tell later which were changed."""
    return {key: calls.copied(_state(one)) for key, one in given.items()}


def _changed(before: dict, given: dict) -> dict:
    """Arguments that differ from what was kept of them, as they are now."""
    now = {key: _state(one) for key, one in given.items()}
    return {key: now[key] for key, kept in before.items() if not calls.alike(kept, now[key])}


def _put_all_back(given: dict, changed) -> None:
    for key, new in changed.items() if isinstance(changed, dict) else ():
        if key in given:
            write_back(given[key], new)


def write_back(old, new) -> None:
    """Change an argument here as it was changed on the other side."""
    keras = _module("keras")
    if isinstance(old, np.random.Generator):
        with contextlib.suppress(TypeError, ValueError):
            old.bit_generator.state = new
    elif keras is not None and isinstance(old, keras.Model):
        old.set_weights(new)
    elif isinstance(old, np.ndarray):
        if isinstance(new, np.ndarray) and new.shape == old.shape and old.flags.writeable:
            old[...] = new
    elif isinstance(old, list) and isinstance(new, list):
        old[:] = new
    elif isinstance(old, dict | set) and isinstance(new, type(old)):
        old.clear()
        old.update(new)
    elif hasattr(old, "drop") and hasattr(old, "index"):  # a table: that it differs is enough
        old.drop(old.index, inplace=True)
