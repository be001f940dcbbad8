"""What crosses besides plain values: tensors, tables, generators, dataclasses, Keras models."""

import collections
import dataclasses
import inspect
import json
import sys
import types

import numpy as np

from course_utils.check.beside import Remote
from course_utils.check.calls import LEARNERS_ID
from course_utils.grading.box.wire import Reader, WireError, Writer

SIMPLE = {"Sequential", "Functional", "Model"}  # Keras's own models, told by their configuration
# classes of Keras whose configuration holds code, or reaches files
REFUSED = {"Lambda", "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "TFSMLayer"}


def _module(name: str):
    return sys.modules.get(name)


def is_tensor(value) -> bool:
    """Whether a value is a tensor or a variable of TensorFlow's or Keras's."""
    tf, keras = _module("tensorflow"), _module("keras")
    if tf is None:
        return False
    return tf.is_tensor(value) or isinstance(value, tf.Variable | keras.Variable)


class Objects:
    """Packs and unpacks objects for one end of the line, whose ``remote`` stands for the other's.

    ``names`` looks a name up that the lesson binds: its dataclasses and named tuples.
    """

    def __init__(self, names):
        self.names = names
        self.mine: dict[int, object] = {}  # by handle: what the other side only holds a name of
        self.theirs: dict[int, tuple] = {}  # by id: handles of the other side's random generators
        self.tokens: dict[int, tuple] = {}  # of Keras variables, so that shared ones are known

    def keep(self, value) -> int:
        """A handle for an object of this side."""
        self.mine[len(self.mine) + 1] = value
        return len(self.mine)

    # ---- packing

    def writer(self) -> Writer:
        """A new frame."""
        return Writer(self._pack)

    def _pack(self, writer: Writer, value, depth: int):
        if isinstance(value, Remote):
            return ["mine", value._handle]
        pd, tf, keras = _module("pandas"), _module("tensorflow"), _module("keras")
        if tf is not None and is_tensor(value):
            return self._pack_tensor(writer, value, depth, tf, keras)
        if pd is not None and isinstance(value, pd.DataFrame | pd.Series):
            return self._pack_table(writer, value, depth, pd)
        if isinstance(value, np.random.Generator):
            return self._pack_generator(value)
        if keras is not None and isinstance(value, keras.Model):
            return self._pack_model(writer, value, depth)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            items = writer.pack(tuple(value), depth + 1)
            return ["nt", type(value).__name__, list(value._fields), items]
        for kind in (bool, int, float, str, dict, list, tuple):  # subclasses of plain kinds
            if isinstance(value, kind):
                return writer.pack(kind(value), depth + 1)
        return self._pack_other(writer, value, depth)

    def _pack_generator(self, value):
        """Its state, and who it is: whoever gets it back gets the same object again."""
        state = json.dumps(value.bit_generator.state, default=np.ndarray.tolist)
        theirs = self.theirs.get(id(value))
        return ["rng", state, None, theirs[0]] if theirs else ["rng", state, self.keep(value), None]

    def _pack_tensor(self, writer, value, depth, tf, keras):
        if isinstance(value, tf.Variable | keras.Variable):
            name = "kv" if isinstance(value, keras.Variable) else "tv"
            return [name, writer.pack(np.asarray(value), depth + 1)]
        if not hasattr(value, "numpy"):
            raise WireError("a symbolic tensor, which has no value yet")
        return ["tf", writer.pack(np.asarray(value.numpy()), depth + 1)]

    def _pack_table(self, writer, value, depth, pd):
        index = writer.pack(list(value.index), depth + 1)
        if isinstance(value, pd.Series):
            parts = value.name, value.to_numpy(), list(value.index.names)
            return ["se", index, *(writer.pack(one, depth + 1) for one in parts)]
        columns = [writer.pack(one.to_numpy(), depth + 1) for _, one in value.items()]
        names = [writer.pack(list(axis.names), depth + 1) for axis in value.axes]
        return ["df", index, writer.pack(list(value.columns), depth + 1), columns, *names]

    def _pack_model(self, writer, value, depth):
        weights = [
            [name, writer.pack(one, depth + 1), *rest]
            for name, one, *rest in self.weights_of(value)
        ]
        simple = type(value).__name__ in SIMPLE and type(value).__module__.startswith("keras")
        if simple:
            try:
                config = json.dumps(_module("keras").saving.serialize_keras_object(value))
                require_known(json.loads(config))
                return ["model", config, weights]
            except Exception:  # a layer of the learner's own: only its answers cross
                pass
        return ["sub", self.keep(value), type(value).__name__, weights]

    def weights_of(self, model) -> list[tuple]:
        """A model's weights: name, value, whether it is trained, and a number of its own."""
        return [(w.name, np.asarray(w), bool(w.trainable), self._token(w)) for w in model.weights]

    def _token(self, variable) -> int:
        known = self.tokens.get(id(variable))
        if known is None:  # the variable is kept, or another one could get its id
            known = self.tokens[id(variable)] = len(self.tokens), variable
        return known[0]

    def _pack_other(self, writer, value, depth):
        """What the other side gets a handle of; of the lesson's own classes the attributes, too."""
        if hasattr(value, "__next__"):
            return ["it", self.keep(value)]
        if hasattr(type(value), "__array__") and type(value).__name__ != "KerasTensor":
            return writer.pack(np.asarray(value), depth + 1)
        if isinstance(value, types.ModuleType):
            return ["mod", str(value.__name__), self.keep(value)]
        kind = value if isinstance(value, type) else type(value)
        told = {"kind": kind.__name__, "class": kind is value, "call": callable(value)}
        if told["call"]:
            told["name"] = str(getattr(value, "__name__", ""))
            told["signature"] = _signature(value)
        elif hasattr(value, "__dict__") and self._is_common(kind):
            told["module"] = kind.__module__
            return ["obj", self.keep(value), told, writer.pack(dict(vars(value)), depth + 1)]
        return ["ref", self.keep(value), told]

    def _is_common(self, kind: type) -> bool:
        """Whether both sides have a class: a dataclass of the course's, or one of the lesson's."""
        return dataclasses.is_dataclass(kind) or self.names(kind.__name__) is kind

    # ---- unpacking

    def reader(self, arrays) -> Reader:
        """For one frame."""
        return Reader(arrays, self)

    def _read_mine(self, reader, parts, depth):
        return self.mine[parts[0]]

    def _read_tf(self, reader, parts, depth, module="tensorflow", kind="constant"):
        return getattr(_module(module), kind)(reader.unpack(parts[0], depth + 1))

    def _read_tv(self, reader, parts, depth):
        return self._read_tf(reader, parts, depth, kind="Variable")

    def _read_kv(self, reader, parts, depth):
        return self._read_tf(reader, parts, depth, "keras", "Variable")

    def _read_df(self, reader, parts, depth):
        import pandas as pd

        index, columns, values, *names = parts
        table = pd.DataFrame({n: reader.unpack(one, depth + 1) for n, one in enumerate(values)})
        index, columns = (reader.unpack(one, depth + 1) for one in (index, columns))
        if not values:
            table = pd.DataFrame(index=range(len(index)))
        table = table.set_axis(index, axis=0).set_axis(columns, axis=1)
        for axis, one in zip(table.axes, names, strict=True):
            axis.names = reader.unpack(one, depth + 1)
        return table

    def _read_se(self, reader, parts, depth):
        import pandas as pd

        index, name, values, names = (reader.unpack(one, depth + 1) for one in parts)
        return pd.Series(values, index=pd.Index(index), name=name).rename_axis(names)

    def _read_rng(self, reader, parts, depth):
        state, theirs, mine = json.loads(parts[0]), *parts[1:]
        if mine is not None:
            self.mine[mine].bit_generator.state = state
            return self.mine[mine]
        kind = getattr(np.random, str(state.get("bit_generator")), None)
        if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
            raise WireError("a random generator that is none")
        found = np.random.Generator(kind())
        found.bit_generator.state = state
        self.theirs[id(found)] = theirs, found
        return found

    def _weights(self, reader, parts, depth) -> list[tuple]:
        return [(str(n), reader.unpack(w, depth + 1), bool(t), int(k)) for n, w, t, k in parts]

    def _read_model(self, reader, parts, depth):
        keras, config = _module("keras"), json.loads(parts[0])
        weights = self._weights(reader, parts[1], depth)
        require_known(config)
        try:
            model = keras.saving.deserialize_keras_object(config, safe_mode=True)
            if weights and not model.weights:
                model.build(None)
            model.set_weights([value for _, value, _, _ in weights])
        except Exception as error:
            raise WireError(f"a model that cannot be built again: {error}") from None
        return _marked(model, weights)

    def _read_sub(self, reader, parts, depth):
        handle, name, weights = parts
        return self.stand_in(int(handle), str(name), self._weights(reader, weights, depth))

    def stand_in(self, handle: int, name: str, weights: list[tuple]):
        """A model that stands for one of another process."""
        raise WireError(f"a model of the class {name}, which does not cross")

    def _read_nt(self, reader, parts, depth):
        name, fields, values = str(parts[0]), parts[1], reader.unpack(parts[2], depth + 1)
        kind = self.names(name)
        if not (isinstance(kind, type) and getattr(kind, "_fields", None) == tuple(fields)):
            name = name if name.isidentifier() else "Values"
            kind = collections.namedtuple(name, fields, rename=True)
        return kind(*values)

    def _read_it(self, reader, parts, depth):
        return self.items(int(parts[0]))

    def items(self, handle: int):
        """The items of the other side's iterator."""
        raise WireError("an iterator, which does not cross")

    def _read_ref(self, reader, parts, depth):
        return self.remote(int(parts[0]), dict(parts[1]))

    def _read_mod(self, reader, parts, depth):
        name, known = str(parts[0]), sys.modules.get(str(parts[0]))
        if known is None or name.startswith("course_utils"):
            return self.remote(int(parts[1]), {"kind": "module"})
        return known

    def _read_obj(self, reader, parts, depth):
        handle, told, attributes = int(parts[0]), dict(parts[1]), reader.unpack(parts[2], depth + 1)
        name, home = str(told.get("kind")), str(told.get("module"))
        kind = self.names(name)
        if kind is None and home.startswith("course_utils."):
            # of the course's own only what holds data: attributes of other classes would be forged
            kind = getattr(_module(home), name, None)
            kind = kind if dataclasses.is_dataclass(kind) else None
        if not isinstance(kind, type) or isinstance(kind, Remote):
            return self.unknown(handle, told, attributes)
        found = object.__new__(kind)
        vars(found).update(attributes)
        return found

    def unknown(self, handle: int, told: dict, attributes: dict):
        """What stands for an object of a class that this side does not have."""
        return types.SimpleNamespace(**attributes)


def _marked(model, weights):
    for variable, (*_, token) in zip(model.weights, weights, strict=True):
        setattr(variable, LEARNERS_ID, token)
    return model


def _signature(value) -> list | None:
    """Parameters of a function: name, kind, and whether it has a default."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[p.name, int(p.kind), p.default is not p.empty] for p in parameters]


def signature_of(told) -> inspect.Signature | None:
    """The reverse; None if it is none."""
    kinds = {int(kind): kind for kind in inspect._ParameterKind}
    defaults = {True: None, False: inspect.Parameter.empty}
    try:
        parameters = [
            inspect.Parameter(name, kinds[kind], default=defaults[default])
            for name, kind, default in told
        ]
        return inspect.Signature(parameters)
    except (TypeError, ValueError, KeyError):
        return None


def require_known(config) -> None:
    """Make sure that a model's configuration names classes of Keras's alone, and none with code.

    Raises:
        WireError: it does not.
    """
    if isinstance(config, dict) and "class_name" in config:
        _require_known_class(config)
    parts = config.values() if isinstance(config, dict) else config
    for part in parts if isinstance(config, dict | list) else ():
        require_known(part)


def _require_known_class(one: dict) -> None:
    name, module = str(one["class_name"]), one.get("module")
    registered = str(one.get("registered_name") or "")
    if ">" in registered and not registered.startswith("keras"):
        raise WireError(f"the class {name}, which is not one of Keras's")
    if name in ("__lambda__", "function"):
        raise WireError("a function within a model")
    # without a module: numbers, tensors and their kinds ("__tensor__", "DTypePolicy")
    known = module is None or module == "keras" or str(module).startswith("keras.")
    if name in REFUSED or not known:
        raise WireError(f"a layer {name}, which is not one of Keras's")
