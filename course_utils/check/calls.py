"""Call a learner's function: on copies, with gradients, compiled."""

import contextlib
import copy
import inspect
import sys
import types
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from course_utils.check.beside import beside
from course_utils.check.values import CheckError, StubError, require
from course_utils.check.words import first_line, in_words

# a Keras variable's attribute, by which the grader knows weights that models share
LEARNERS_ID = "learners_id"
SYMBOLIC = (
    "Use keras.ops throughout: NumPy, float(), .numpy() and `if` on a tensor's value find no "
    "numbers there."
)


@contextlib.contextmanager
def quiet():
    """Keep warnings off the screen: nbgrader takes a line on standard error for a failure."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def call(function: Callable, /, *args, **kwargs):
    """Call a learner's function on copies of its arguments, and return what it returns.

    NumPy arrays, pandas tables, lists, tuples, sets and dictionaries are copied, with what is in
    them; tensors, models, random generators and functions are given as they are. Warnings
    are kept off the screen. If a generator is returned, it is watched to its end.

    Raises:
        CheckError: an argument was changed in place, or the function stopped with an error.
        NotImplementedError: the function is still a stub.
    """
    name = _name(function)
    require(callable(function), f"{_title(name)} is no function but {type(function).__name__}.")
    given = _named(function, args, kwargs)
    copies, named = copied((args, kwargs))

    def look_back() -> None:
        mine = _named(function, copies, named, strict=False)
        for key, value in given.items():
            require(
                alike(value, mine.get(key, value)),
                f"The argument `{key}` of {name} was changed in place. Work on a copy: others "
                "still need the original.",
            )

    result = _run(lambda: function(*copies, **named), name, given)
    if isinstance(result, types.GeneratorType):
        return _watched(result, name, given, look_back)
    look_back()
    return result


class Traced:
    """What a function computed while TensorFlow recorded it: see :func:`trace`.

    Attributes:
        value: what the function returned, as it is.
    """

    def __init__(self, value, tape, name: str, given: dict):
        self.value, self._tape, self._name, self._given = value, tape, name, given

    def gradients(
        self, output: int | str | None = None, by: Sequence[str | int] | None = None
    ) -> list[np.ndarray]:
        """Gradients of the sum of an output's entries.

        Args:
            output: which output, where the function returns several: a position or a key. None for
                the only one, or for all together.
            by: names or positions of the arguments; None for all of floating point.

        Returns:
            one array for each argument, of its shape.

        Raises:
            CheckError: the output is no tensor, or no gradient gets through.
        """
        import tensorflow as tf

        value = self.value if output is None else self._part(output)
        label = (
            f"what {self._name} returns" if output is None else f"output {output!r} of {self._name}"
        )
        parts = tf.nest.flatten(value)
        for part in parts:
            require(part is not None, f"{_title(label)} is None. Is the `return` missing?")
            require(
                tf.is_tensor(part) or isinstance(part, tf.Variable),
                f"{_title(label)} is no tensor but {type(part).__name__}: with NumPy no gradient "
                "gets through. Use keras.ops.",
            )
        names = list(self._given)
        if by is None:
            asked = [name for name in names if _is_traced(self._given[name])]
        else:
            asked = [one if isinstance(one, str) else names[one] for one in by]
        found = self._tape.gradient(parts, [self._given[name] for name in asked])
        for one, gradient in zip(asked, found, strict=True):
            require(
                gradient is not None,
                f"No gradient gets through from {label} to `{one}`. Use "
                "keras.ops from the argument to the result, without NumPy, float() or "
                "stop_gradient.",
            )
        return [np.asarray(tf.convert_to_tensor(gradient)) for gradient in found]

    def _part(self, output):
        try:
            return self.value[output]
        except Exception:
            kind = type(self.value).__name__
            raise CheckError(
                f"{_title(self._name)} has no output {output!r}: it returns {kind}."
            ) from None


def trace(function: Callable, /, *arrays) -> Traced:
    """Call a learner's function on tensors while TensorFlow records what it computes.

    Args:
        function: takes tensors, returns one, or a tuple or dictionary of them.
        arrays: arrays and lists of numbers become tensors (float64 becomes float32); everything
            else, e.g. a plain number or a function, is given as it is.

    Returns:
        what it returned, and the gradients: ``trace(kl, mean, log_var).gradients()``.

    Raises:
        CheckError: as :func:`call` does.
    """
    import tensorflow as tf

    tensors = [_tensor(one) for one in arrays]
    given = _named(function, tensors, {})
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([one for one in tensors if _is_traced(one)])
        value = call(function, *tensors)
    return Traced(value, tape, _name(function), given)


def compiled(function: Callable, /, *specs, inputs: Sequence | None = None) -> tuple:
    """Compile a learner's function as Keras does in training, and call it twice.

    Args:
        function: takes tensors and returns tensors.
        specs: a ``tf.TensorSpec`` for each argument, or its shape (float32), or a number that it
            takes as it is. None in a shape is a size that is not known when it is compiled, such
            as the batch's.
        inputs: an array for each tensor; by default small random numbers, 5 for each None.

    Returns:
        what the two calls returned, as NumPy arrays: equal, unless it draws random numbers.

    Raises:
        CheckError: it works when called directly but not compiled, or not at all.
        NotImplementedError: the function is still a stub.
    """
    import tensorflow as tf

    told = []
    for one in specs:
        is_spec = isinstance(one, tf.TypeSpec)
        shape, kind = (one.shape.as_list(), one.dtype.name) if is_spec else (one, "float32")
        told.append(one if isinstance(one, int | float) else (list(shape), kind))
    inputs = None if inputs is None else [np.asarray(x) for x in inputs]
    return beside(_compiled, function, told, inputs)


def _compiled(function: Callable, specs: list, inputs: list | None) -> tuple:
    import tensorflow as tf

    from course_utils.training import keras_noise

    keras_noise()  # now, and not in a trace that may fail
    asked, specs = specs, [tf.TensorSpec(*one) for one in specs if isinstance(one, tuple)]
    known = [tf.TensorSpec([5 if n is None else n for n in one.shape], one.dtype) for one in specs]
    rng = np.random.default_rng(0)
    if inputs is None:
        inputs = [rng.normal(size=one.shape) for one in known]
    inputs = [tf.cast(x, one.dtype) for x, one in zip(inputs, specs, strict=True)]

    def all_of(tensors) -> list:
        waiting = iter(tensors)
        return [next(waiting) if isinstance(one, tuple) else one for one in asked]

    def run(signature):
        with quiet():
            graph = tf.function(lambda *x: function(*all_of(x)), autograph=False)
            graph = graph.get_concrete_function(*signature)
            return [tf.nest.map_structure(_array, graph(*inputs)) for _ in range(2)]

    try:
        return tuple(run(specs))
    except CheckError:
        raise
    except Exception as error:
        problem = error
    name = _title(_name(function))
    call(function, *all_of(inputs))  # if it fails, too, its own words say more
    require(
        "singleton tf.Variable" not in str(problem),
        f"{name} makes something with variables of its own at each call, such as a layer or a "
        "random generator. Make it once, outside the function.",
    )
    end = f"({type(problem).__name__}: {first_line(problem)})"
    if any(None in one.shape.as_list() for one in specs):
        try:
            run([tf.TensorSpec(x.shape, x.dtype) for x in inputs])
        except Exception:
            sized = "len is not well defined" in str(problem)
        else:
            sized = True
        if sized:
            raise CheckError(
                f"{name} works for a batch of known size, but not when Keras compiles it for any "
                "size, as training does. Take sizes from ops.shape(x), not from x.shape or len(x); "
                f"NumPy, its random numbers too, needs known ones. {end}"
            )
    raise CheckError(
        f"{name} works when called directly, but not when Keras compiles it, as training does. "
        f"{SYMBOLIC} {end}"
    )


def copied(value):
    """A copy of arrays, tables and containers, with what is in them; everything else as it is."""
    kind = type(value)
    if isinstance(value, np.ndarray):
        return copy.deepcopy(value) if value.dtype.hasobject else value.copy(order="K")
    if kind in (list, tuple, set):
        return kind(map(copied, value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return kind(*map(copied, value))
    if kind is dict:
        return {key: copied(one) for key, one in value.items()}
    return value.copy(deep=True) if _is_table(value) else value


def alike(first, second) -> bool:
    """Whether nothing that :func:`copied` copies differs; NaN is like NaN."""
    if isinstance(first, np.ndarray):
        if type(first) is not type(second) or first.dtype != second.dtype:
            return False
        return np.array_equal(first, second, equal_nan=first.dtype.kind in "fc")
    if isinstance(first, list | tuple | set | dict):
        if type(first) is not type(second) or len(first) != len(second):
            return False
        if isinstance(first, set):
            return first == second
        if isinstance(first, dict):
            if list(first) != list(second):
                return False
            first, second = first.values(), second.values()
        return all(map(alike, first, second))
    if _is_table(first):
        labels = first.axes, second.axes
        return first.equals(second) and all(a.equals(b) for a, b in zip(*labels, strict=True))
    if isinstance(first, bool | int | float | str):
        return type(first) is type(second) and (first == second or first != first)
    return first is second


def _is_table(value) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series)


def _run(compute: Callable, name: str, given: dict):
    """Compute; an error becomes words."""
    try:
        with quiet():
            return compute()
    except CheckError:
        raise
    except NotImplementedError:
        words = "is not written yet: replace `raise NotImplementedError`."
        raise StubError(f"{_title(name)} {words}") from None
    except Exception as error:
        raise CheckError(in_words(error, _title(name), given)) from None


def _watched(generator, name: str, given: dict, look_back: Callable):
    """The items of a learner's generator; an error becomes words, too."""
    end = object()
    while (item := _run(lambda: next(generator, end), name, given)) is not end:
        yield item
    look_back()


def _name(function) -> str:
    name = getattr(function, "__name__", "") or type(function).__name__
    return "the function" if name == "<lambda>" else f"`{name}`"


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]


def _named(function, args: Sequence, kwargs: dict, strict: bool = True) -> dict[str, object]:
    """Arguments by the names of their parameters.

    Raises:
        CheckError: the function does not take so many, or not these.
    """
    plain = {f"argument {n + 1}": one for n, one in enumerate(args)} | kwargs
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of a function written in C, or of no function
        return plain
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        if not strict:
            return plain
        raise CheckError(
            f"{_title(_name(function))} cannot be called as the exercise asks: {error}. Keep the "
            "parameters as they were given."
        ) from None
    found = {}
    for key, value in bound.arguments.items():
        kind = signature.parameters[key].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            found |= {f"{key}[{n}]": one for n, one in enumerate(value)}
        elif kind is inspect.Parameter.VAR_KEYWORD:
            found |= value
        else:
            found[key] = value
    return found


def _tensor(value):
    """Arrays and lists of numbers as tensors; everything else as it is."""
    import tensorflow as tf

    if isinstance(value, list | np.ndarray):
        value = np.asarray(value)
        if value.dtype.kind in "biuf":
            return tf.constant(value.astype("float32") if value.dtype == float else value)
    return value


def _is_traced(value) -> bool:
    import tensorflow as tf

    return tf.is_tensor(value) and value.dtype.is_floating


def _array(value):
    return np.asarray(value) if hasattr(value, "__array__") else value
