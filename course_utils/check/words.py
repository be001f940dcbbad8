"""Put an exception of the learner's code into words."""

import contextlib
import linecache
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

# Files with these beginnings are not the learner's
INSTALLED = tuple(
    {sys.prefix, sys.base_prefix, "/usr/", str(Path(__file__).resolve().parents[1])}
) + ("<frozen", "<__array", "<string>")
SKIPPED = ("Exception encountered", "Arguments received", "Traceback", "Call arguments")
SIZES = "Take sizes from the argument's shape instead"

# kind of error, what its message contains, what to do
HINTS = (
    ("", r"You need to provide",
     "The representative dataset yields lists: `[code]`, with `code` of shape (1, k)."),
    ("", r"resize dimension",
     "The codes do not fit the model: use the arguments `model` and `codes`, each code with shape "
     "(1, k)."),
    ("", r"Cannot set tensor", "The codes are float32; yield them as they are."),
    ("", r"read_variable", "Make the converter with `from_keras_model(model)`."),
    ("", r"axis -?\d+ is out of bounds|transpose expects a vector of size|dimension in the range",
     "There are fewer axes than the code counts with. From the end they count -1, -2."),
    ("", r"evenly divide the split|equal division",
     "A number cuts equal parts, a list tells where to cut. Without axis=1 the rows are split."),
    ("", r"reshape|total size of the tensor",
     f"The number of entries does not fit the new shape. {SIZES}, or -1."),
    ("", r"data_format",
     "A convolution takes a batch, (n, height, width, channels). Is an axis lost, as by x[i] where "
     "x[i : i + 1] is meant?"),
    ("", r"incompatible shape \(",
     "A network takes a batch: the rows are the first axis, and x[None] makes a batch of one."),
    ("TypeError", r"'(int|float)' object is not subscriptable",
     "A number stands where an array is meant."),
    ("", r"expected axis -?\d+ of input shape to have value",
     "A layer was made for inputs of another size. Is a size written into the code, one layer used "
     "twice, or another array meant?"),
    ("LinAlgError", r"singular",
     "The matrix has no inverse: for these data a column is constant or depends on others."),
    ("LinAlgError", r"positive.definite",
     "The Cholesky factor is for symmetric matrices whose eigenvalues are all above 0."),
    ("", r"SVD did not converge|must not contain infs or NaNs|Eigenvalues did not converge",
     "The matrix contains NaN or infinity. Was something divided by 0, such as a standard "
     "deviation of 0?"),
    ("LinAlgError", r"square", "Only a square matrix has an inverse or eigenvalues."),
    ("KeyError", r"", "There is no entry of that name. Compare it with the names that exist."),
    ("TypeError", r"only integers, slices",
     "A tensor takes no tensor of whole numbers in [ ]. Use ops.take(table, numbers)."),
    ("AssertionError", r"", "An `assert` of the code stops it; these arguments are allowed."),
    ("IndexError", r"must be of integer|only integers",
     "An index is a whole number, a slice, or a mark of True and False (see np.isin)."),
    ("IndexError", r"boolean index did not match",
     "A mark of True and False needs an entry for each row. Look at what was marked, and along "
     "which axis."),
    ("IndexError", r"invalid index to scalar|too many indices",
     "There are fewer axes than indices. Is it one number for all rows, where each needs its own?"),
    ("IndexError", r"^list index|from empty list", "A list is shorter than that. Can it be empty?"),
    ("IndexError", r"",
     f"An index lies beyond the end of its axis. {SIZES} of a fixed number. Or does it count along "
     "another axis?"),
    ("TypeError", r"missing .*argument",
     "Something is called with too few arguments. Compare the call with the definition."),
    ("ValueError", r"robabilities (do not sum|are not non-neg)",
     "Shares are 0 or more and add up to 1, in float64: divide by their sum after .astype(float). "
     "Logits become shares by a softmax."),
    ("ValueError", r"a and p must have same size", "Draw from as many as p has shares."),
    ("ValueError", r"larger sample than population",
     "Without replacement no more can be drawn than there are. Compare the two sizes."),
    ("AttributeError", r"'detach'", "That is PyTorch's; here it is ops.stop_gradient(x)."),
    ("ValueError", r"`name` must be a string",
     "A Sequential takes its layers as one list: keras.Sequential([first, second])."),
    ("ValueError", r"Unrecognized keyword",
     "A layer has no argument of that name. Compare the call with the documentation."),
    ("TypeError", r"unexpected keyword|positional arguments? but",
     "Something is called with arguments that it does not have. Compare the call with the "
     "definition."),
    ("", r"No gradients provided",
     "The loss does not depend on these variables. Compute it inside the tape, from them."),
    ("", r"non-persistent GradientTape",
     "A tape gives gradients once. Each loss has a tape of its own here."),
    ("", r"grads` without `variables`", "optimizer.apply takes both: (gradients, variables)."),
    ("", r"`target` and `output` must have the same",
     "The targets are an array like the predictions: ops.ones_like(...), ops.zeros_like(...)."),
    ("", r"numpy.* no attribute '_id'",
     "This is no tensor: NumPy lets no gradient through. Use keras.ops."),
    ("", r"_unique_id", "apply_gradients takes pairs (gradient, variable), in this order."),
    ("", r"activation function identifier",
     "No activation has this name. None, without quotation marks, stands for no activation."),
    ("ValueError", r"can be added to a Sequential",
     "A Sequential is made of layers alone, one by one: no names, no lists."),
    ("", r"Only input tensors may be passed",
     "A layer takes a tensor. Is a call missing, as in layers.Dense(8)(x)?"),
    ("", r"incompatible with the layer",
     "A layer gets inputs of another size than it was made for. Is it used twice, or in the wrong "
     "place?"),
    ("", r"invalid value for `(units|filters)`", 
     "A size is one of Python's whole numbers, 1 or more. int(...) makes it of one of NumPy's."),
    ("ValueError", r"values to unpack", "There are more or fewer values than names for them."),
    ("", r"Unknown variable", "Each network's variables go with its own optimizer."),
    ("", r"Concatenate. layer requires",
     "What is joined may differ only along the axis that joins, the last one unless `axis` says "
     "another. If maps differ in height or width, compare the strides and the padding."),
    ("", r"need at least one array to concatenate",
     "There was no piece at all. What of the rows that fill no whole piece?"),
    ("", r"concatenation axis",
     "Two arrays differ in length along another axis than the one that joins them. Is an axis "
     "forgotten, or a slice empty, such as [:-0]?"),
    ("", r"all input arrays must have the same shape",
     "np.stack takes arrays of one shape; np.concatenate joins others along an axis."),
    ("", r"argm(ax|in) of an empty|zero-size array",
     "An array is empty here. Is a slice or a block cut wrongly, or one block too many?"),
    ("", r"inconsistent numbers of samples",
     "The two differ in length. Were rows taken for columns (see .T)?"),
    ("", r"did not contain a loop|invalid literal for|could not convert string",
     "NumPy cannot compute with words. np.unique lists them, with return_inverse=True as numbers."),
    ("", r"inhomogeneous",
     "The parts differ in shape, so they make no array. Take them one by one. Or did a function "
     "return several things, of which one is meant?"),
    ("", r"compatible batch dimensions",
     "In a matrix product the axes before the last two must agree. Transpose the last two only."),
    ("", r"has different ndims|ndims must be",
     "In TensorFlow, @ and tf.matmul take two matrices. ops.matmul also takes a vector."),
    ("", r"matmul|MatMul|size-incompatible|not aligned",
     "In a matrix product the inner sizes must agree. Is a transpose missing, or the order wrong?"),
    ("", r"negative integer powers", "Powers of whole numbers are whole: write 2.0 for 2."),
    ("", r"indices\[.*\] = .* is not in|slice index .* out of bounds",
     f"An index lies beyond the end of its axis. {SIZES}."),
    ("", r"Expected dimension \d+ at axis",
     f"In einsum, one letter stands for two different sizes. {SIZES}, and look at the letters."),
    ("", r"shape of the target variable",
     "A variable takes a value of its own shape. Do the two lists hold the same variables?"),
    ("", r"broadcast|incompatible shapes|must be broadcastable|must have equal (len|shape)",
     "Two shapes do not fit together. Look at both; keepdims=True or [:, None] keeps an axis."),
    ("", r"does not support item assignment",
     "A tensor cannot be changed entry by entry. Compute a new one with keras.ops."),
    ("", r"read-only", "This array may not be changed. Work on a copy."),
    ("TypeError", r"bitwise_(and|or)|for [&|]:",
     "& and | bind more tightly than < and ==: put brackets round each comparison."),
    ("TypeError", r"bitwise_xor|for \^:", "^ is no power in Python; that is **."),
    ("", r"symbolic", "keras.ops work on symbolic tensors, NumPy and Python's own do not."),
    ("", r"truth value of an array", "An array is no condition: use np.where, .any() or .all()."),
    ("", r"was expected to be a \w+ tensor",
     "Numbers of two kinds do not mix here, such as int32 and int64. Convert with ops.cast."),
    ("", r"EagerTensor of dtype u?int|must have the same dtype|float32 .*int\d|int\d.* float32",
     "Whole numbers and others do not mix here. Convert with ops.cast(..., \"float32\")."),
    ("", r"convert .* to a shape", "A shape is a tuple: (n,), with a comma."),
    ("", r"NoneType",
     "Something is None. Does a function return nothing, like np.fill_diagonal, or as a list's own "
     "reverse and sort?"),
    ("UnboundLocalError", r"",
     "A name gets its value in a loop or branch that was not entered here, or only further down."),
    ("NameError", r"", "Is the name spelt as where it is defined, and was that cell run?"),
    ("ZeroDivisionError", r"", "For these data something is 0. That case needs an answer, too."),
    ("RecursionError", r"", "The function calls itself without end."),
    ("MemoryError|ResourceExhausted", r"", "An array is too large. Work in parts."),
    ("TypeError", r"__round__|converted to Python scalar",
     "Python's round, int and math take one number. For arrays use np.rint, np.floor, astype."),
    ("", r"kth\(=",
     "np.argpartition needs a place within the array; all or none is a case of its own."),
    ("TypeError", r"integer", "A size or an index must be an integer: // divides so."),
    ("TypeError", r"operand.* '(function|type|builtin_\w+)'|'function' object is not",
     "A function stands where its result is meant. Call it, with its arguments in brackets."),
    ("TypeError", r"operand.* '(list|tuple|generator|map|zip)'",
     "Lists and the like do not compute entry by entry. Make an array: np.array(list(...))."),
    ("TypeError", r"object is not callable",
     "What stands before the brackets is no function. Is it a list of them, a text, a tensor?"),
    ("AttributeError", r"'function' object",
     "This is a plain function, with nothing after a dot. Call it, with arguments in brackets."),
    ("AttributeError", r"'tuple' object",
     "Is it several results in one? Then unpack them, a, b = f(x). A tuple cannot be changed; "
     "list(...) makes a list, and reversed(...) and [::-1] turn it round."),
    ("AttributeError", r"has no setter|can.t set attribute",
     "This attribute cannot be set. A variable gets its new value by `assign`."),
    ("AttributeError", r"^module ",
     "The module has nothing of that name. Compare the spelling; classes begin with a capital."),
    ("AttributeError", r"",
     "The object has nothing of that name. Is it a tensor where NumPy is meant, or the reverse?"),
)  # fmt: skip


def in_words(error: Exception, name: str, arguments: Mapping[str, object]) -> str:
    """What went wrong, where, with which arguments, and what to do.

    Args:
        error: what the learner's code raised, caught in the function that called it.
        name: of what was called, as a sentence begins with it, e.g. ``"`kl`"``.
        arguments: name -> value.
    """
    kind, text, line = type(error).__name__, _text(error), learners_line(error)
    parts = [f"{name} stops with {kind}{': ' * bool(text)}{text}".rstrip(".") + "."]
    if line:
        parts.append(f"The line is: `{line}`.")
    if arguments:
        given = ", ".join(f"{key}: {in_short(value)}" for key, value in arguments.items())
        parts.append(f"It was called with {given}.")
    hint = _hint(error, text, line, arguments)
    return " ".join([*parts, hint] if hint else parts)


def in_short(value) -> str:
    """A value in a few words: kind and shape of an array, a number as it is."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        kind = getattr(value, "dtype", None)
        kind = "text" if getattr(kind, "kind", "") == "U" else getattr(kind, "name", kind)
        with contextlib.suppress(Exception):
            sizes = tuple(n if n is None else int(n) for n in shape)
            return f"shape {sizes}" + (f" of {kind}" if kind is not None else "")
    if isinstance(value, bool | int | float | str | np.generic | type(None)):
        return repr(value)[:40]
    if isinstance(value, list | tuple | dict | set):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def first_line(error: BaseException) -> str:
    """The line of an error's message that says most, at most 200 characters."""
    return _text(error)


def _text(error: BaseException) -> str:
    text = ""
    with contextlib.suppress(Exception):
        text = str(error)
    text = re.sub(r"\x1b\[[0-9;]*m|\{\{[^}]*\}\}", "", text)
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(SKIPPED)]
    telling = r"\w*(Error|Exception):|.*(Expected shape \(.*)"  # Keras shows a whole batch before
    found = next(filter(None, (re.match(telling, line) for line in lines)), None)
    line = found and (found[2] or found.string)
    line = line or (lines[0] if lines else "")
    line = re.sub(r"\s*\[Op:\w+\].*", "", line).strip()
    return line if len(line) <= 200 else f"{line[:197]}..."


def _hint(error: BaseException, text: str, line: str, arguments: Mapping[str, object]) -> str:
    """What to do, for frequent errors."""
    shapes = [getattr(one, "shape", None) or () for one in arguments.values()]
    known = {n for shape in shapes for n in shape}
    known |= {one for one in arguments.values() if isinstance(one, int)}
    fixed = [n for n in re.findall(r"\b(?:784|28)\b", f"{text} {line}") if int(n) not in known]
    if any(shapes) and fixed and "shape" in text.lower():
        return f"{fixed[0]} is written into the code, but these data have another size. {SIZES}."
    kinds = " ".join(one.__name__ for one in type(error).__mro__)
    for kind, pattern, hint in HINTS:
        if re.search(kind, kinds) and re.search(pattern, text, re.IGNORECASE):
            return hint
    return ""


def learners_line(error: BaseException) -> str:
    """The innermost line of the learner's own code, or nothing."""
    told = getattr(error, "learners_line", None)  # it comes from another process
    if isinstance(told, str):
        return told
    trace, found = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(INSTALLED):
            line = ""
            with contextlib.suppress(Exception):
                line = linecache.getline(file, trace.tb_lineno).strip()
            found = line or found
        trace = trace.tb_next
    return found if len(found) <= 120 else f"{found[:117]}..."
