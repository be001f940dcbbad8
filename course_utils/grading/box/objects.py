"""What crosses besides plain values: tensors, tables, generators, Keras models, exceptions.

Each kind is told by its name and its parts, which are values themselves: ``parts_of`` tells it, and
a method ``_read_KIND`` makes a value of what a stranger may have told.
"""

import builtins
import contextlib
import dataclasses
import inspect
import json
import sys
import traceback
import types

import numpy as np

from course_utils.check import values, words
from course_utils.check.beside import Remote
from course_utils.check.calls import LEARNERS_ID
from course_utils.grading.box.wire import WireError

SIMPLE = {"Sequential", "Functional", "Model"}  # Keras's own models, told by their configuration
# classes of Keras whose configuration holds code, or reaches files
REFUSED = {"Lambda", "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "TFSMLayer"}
MAX_WORDS = 5000  # characters of an exception's text


def loaded(name: str):
    """A module that is imported already, or None: the light process knows no TensorFlow."""
    return sys.modules.get(name)


def is_tensor(value) -> bool:
    """Whether a value is a tensor or a variable of TensorFlow's or Keras's."""
    tf, keras = loaded("tensorflow"), loaded("keras")
    return tf is not None and (
        tf.is_tensor(value) or isinstance(value, tf.Variable | keras.Variable)
    )


class Objects:
    """Tells objects of one end of the line, whose ``remote`` stands for the other's.

    ``space`` holds the names of this side; the lesson's classes are in both.
    """

    def __init__(self, space: dict):
        self.space = space
        self.mine: dict[int, object] = {}  # by handle: what the other side only holds a name of
        self.theirs: dict[int, tuple] = {}  # by id: handles of the other side's random generators

    def keep(self, value) -> int:
        """A handle for an object of this side."""
        self.mine[len(self.mine) + 1] = value
        return len(self.mine)

    def _read_mine(self, handle):
        return self.mine[handle]

    def parts_of(self, value) -> tuple:
        """Kind and parts of what is no plain value.

        Raises:
            WireError: it does not cross.
        """
        if isinstance(value, Remote):
            return "mine", value._handle
        if isinstance(value, BaseException):
            return self._parts_of_error(value)
        if is_tensor(value):
            return self._parts_of_tensor(value)
        pd, keras = loaded("pandas"), loaded("keras")
        if pd is not None and isinstance(value, pd.DataFrame):
            columns = [one.to_numpy() for _, one in value.items()]
            axes = [(list(axis), list(axis.names)) for axis in value.axes]
            return "table", columns, *axes
        if pd is not None and isinstance(value, pd.Series):
            return "column", value.name, value.to_frame("values")
        if isinstance(value, np.random.Generator):
            handle, _ = self.theirs.get(id(value), (None, None))
            return "generator", value.bit_generator.state, handle or self.keep(value), bool(handle)
        if keras is not None and isinstance(value, keras.Model):
            return self._parts_of_model(value)
        for kind in (int, float, str, dict, list, tuple):  # as subclasses are, a named tuple, too
            if isinstance(value, kind):
                return "same", kind(value)
        if hasattr(value, "__next__"):
            return "iterator", self.keep(value)
        if hasattr(type(value), "__array__") and type(value).__name__ != "KerasTensor":
            return "same", np.asarray(value)
        if isinstance(value, types.ModuleType):
            return "module", value.__name__, self.keep(value)
        return self._parts_of_other(value)

    def _read_same(self, value):
        return value

    # ---- tensors, tables, random generators

    def _parts_of_tensor(self, value) -> tuple:
        if not hasattr(value, "numpy"):
            raise WireError("a symbolic tensor, which has no value yet")
        kind = "constant"
        if isinstance(value, loaded("keras").Variable):
            kind = "keras"
        elif isinstance(value, loaded("tensorflow").Variable):
            kind = "variable"
        return "tensor", kind, np.asarray(value.numpy())

    def _read_tensor(self, kind, value):
        tf, keras = loaded("tensorflow"), loaded("keras")
        makers = {"constant": tf.constant, "variable": tf.Variable, "keras": keras.Variable}
        return makers[kind](value)

    def _read_table(self, columns, *axes):
        """A table; an axis is its labels and the names of its levels."""
        import pandas as pd

        index, header = [pd.Index(labels).set_names(names) for labels, names in axes]
        table = pd.DataFrame(dict(enumerate(columns)), index=range(len(index)))
        return table.set_axis(index, axis=0).set_axis(header, axis=1)

    def _read_column(self, name, table):
        return table["values"].rename(name)

    def _read_generator(self, state, handle, ours: bool):
        """A random generator: whoever gets one of his own back gets the same object again."""
        if ours:
            self.mine[handle].bit_generator.state = state
            return self.mine[handle]
        kind = getattr(np.random, str(state["bit_generator"]), None)
        if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
            raise WireError("a random generator that is none")
        found = np.random.Generator(kind())
        found.bit_generator.state = state
        self.theirs[id(found)] = handle, found
        return found

    # ---- models

    def weights_of(self, model) -> list[tuple]:
        """A model's weights: name, value, whether it is trained, and which of all it is."""
        return [(one.name, np.asarray(one), bool(one.trainable), id(one)) for one in model.weights]

    def _parts_of_model(self, value) -> tuple:
        weights, kind = self.weights_of(value), type(value)
        handle = self.keep(value)  # for good, or another variable could get the id of one of these
        if kind.__name__ in SIMPLE and kind.__module__.startswith("keras"):
            # not with a layer of the learner's own: of that only the answers cross
            with contextlib.suppress(Exception):
                config = json.dumps(loaded("keras").saving.serialize_keras_object(value))
                require_known(json.loads(config))
                return "model", config, weights
        return "stand_in", handle, kind.__name__, weights

    def _read_model(self, config, weights):
        config = json.loads(config)
        require_known(config)
        try:
            model = loaded("keras").saving.deserialize_keras_object(config, safe_mode=True)
            if weights and not model.weights:
                model.build(None)
            model.set_weights([value for _, value, _, _ in weights])
        except Exception as error:
            raise WireError(f"a model that cannot be built again: {error}") from None
        for variable, (*_, number) in zip(model.weights, weights, strict=True):
            setattr(variable, LEARNERS_ID, int(number))
        return model

    # ---- objects of the lesson's and the learner's classes

    def _parts_of_other(self, value) -> tuple:
        """What the other side gets a handle of; of the lesson's own classes the attributes, too."""
        kind = value if isinstance(value, type) else type(value)
        # both sides have a dataclass of the course's, and the classes of the lesson
        common = dataclasses.is_dataclass(kind) or self.space.get(kind.__name__) is kind
        if hasattr(value, "__dict__") and common and not callable(value):
            attributes = dict(vars(value))
            return "object", self.keep(value), kind.__name__, kind.__module__, attributes
        name, signature = str(getattr(value, "__name__", "")), None
        with contextlib.suppress(TypeError, ValueError):
            parameters = inspect.signature(value).parameters.values()
            signature = [(p.name, int(p.kind), p.default is not p.empty) for p in parameters]
        return "remote", self.keep(value), kind.__name__, kind is value, name, signature

    def _read_remote(self, handle, kind, is_class, name, signature):
        return self.remote(handle, str(kind), is_class, str(name), signature_of(signature))

    def _read_module(self, name, handle):
        """A module that both sides have; one of the learner's own stays there."""
        known = loaded(name)
        if known is None or name.startswith("course_utils"):
            return self.remote(handle, "module")
        return known

    def _read_object(self, handle, name, home, attributes):
        """An object of a class that both sides have, else what stands for it."""
        kind = self.space.get(name)
        if kind is None and home.startswith("course_utils."):
            # of the course's own only what holds data: attributes of other classes would be forged
            kind = getattr(loaded(home), name, None)
            kind = kind if dataclasses.is_dataclass(kind) else None
        if not isinstance(kind, type) or isinstance(kind, Remote):
            return self.unknown(handle, name, attributes)
        found = object.__new__(kind)
        vars(found).update(attributes)
        return found

    def unknown(self, handle, name, attributes):
        """What stands for an object of a class that this side does not have."""
        return types.SimpleNamespace(**attributes)

    # ---- exceptions

    def _parts_of_error(self, error: BaseException) -> tuple:
        """Names of its classes, its text, the learner's innermost line and part of the trace."""
        text, line, lines = "", "", []
        with contextlib.suppress(BaseException):
            text = str(error)[:MAX_WORDS]
        with contextlib.suppress(BaseException):
            line = words.learners_line(error)
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if not frame.filename.startswith(words.INSTALLED)]
            parts = [part[:1000] for part in traceback.format_list(own[-10:])]
            lines = "".join(parts).splitlines()
        kinds = [str(kind.__name__)[:100] for kind in type(error).__mro__[:8]]
        return "error", kinds, text, line, lines

    def _read_error(self, kinds, text, line, lines) -> Exception:
        """An exception of a class with the same name and the same parents."""
        kinds, text = [str(one)[:100] for one in kinds][:8], str(text)[:MAX_WORDS]
        if "CheckError" in kinds:
            return values.CheckError(text)
        known = [getattr(builtins, name, None) for name in kinds]
        # what is no Exception would end the judge instead of the check
        parents = [one for one in known if isinstance(one, type) and issubclass(one, Exception)]
        own = {"__str__": lambda self: text}
        try:
            found = type(kinds[0], tuple(parents) or (Exception,), own)(text)
        except TypeError:  # its instances need more than a text, or the parents do not go together
            found = type(kinds[0], (Exception,), own)(text)
        found.learners_line = str(line)[:200]
        found.learners_trace = [str(one)[:1000] for one in lines][:50]
        return found


def signature_of(told) -> inspect.Signature | None:
    """A signature, told by name, kind and "has a default" of each parameter; None if it is none."""

    def parameter(name, kind, optional):
        default = None if optional else inspect.Parameter.empty
        return inspect.Parameter(name, inspect._ParameterKind(kind), default=default)

    try:
        return inspect.Signature([parameter(*one) for one in told])
    except (TypeError, ValueError):
        return None


def require_known(config) -> None:
    """Make sure that a model's configuration names classes of Keras's alone, and none with code.

    Raises:
        WireError: it does not.
    """
    if isinstance(config, dict) and "class_name" in config:
        name, module = str(config["class_name"]), config.get("module")
        registered = str(config.get("registered_name") or "")
        if ">" in registered and not registered.startswith("keras"):
            raise WireError(f"the class {name}, which is not one of Keras's")
        if name in ("__lambda__", "function"):
            raise WireError("a function within a model")
        # without a module: numbers, tensors and their kinds ("__tensor__", "DTypePolicy")
        known = module is None or module == "keras" or str(module).startswith("keras.")
        if name in REFUSED or not known:
            raise WireError(f"a layer {name}, which is not one of Keras's")
    parts = config.values() if isinstance(config, dict) else config
    for part in parts if isinstance(config, dict | list) else ():
        require_known(part)
