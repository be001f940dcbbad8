"""Probe of lesson 53: a learner's export, run in the interpreter, told in plain values."""

import numpy as np

from course_utils import check
from course_utils.litert import LiteRTModel, quietly


def _exported(function, model, codes: np.ndarray):
    """What a learner's function returns; it must leave the model as it is."""
    before, file, problem = model.get_weights(), None, None
    try:
        with quietly():
            file = check.call(function, model, codes)
    except check.CheckError as error:
        problem = error
    after = model.get_weights()
    same = len(after) == len(before) and all(map(np.array_equal, before, after))
    check.require(same, "The model was changed. Leave it as it is: the converter does all that is needed.")
    if problem:
        raise problem
    return file


def export(function, model, codes: np.ndarray, batches: list[np.ndarray]) -> dict:
    """What is in the file that a learner's function writes, and what it gives.

    Args:
        function: takes a Keras model and codes, returns the bytes of a LiteRT file.
        model: with one input and one output.
        codes: for the function.
        batches: inputs to run, of several batch sizes.

    Returns:
        ``batch`` (-1: free), ``dtypes`` of both ends, ``types`` (type -> entries of all arrays), ``range``
        (lowest and highest number that the int8 array of a code can hold, None without one), and
        ``outputs``, an array or what went wrong in words for each batch.

    Raises:
        CheckError: the function returns no such file.
    """
    file = _exported(function, model, codes)
    check.require(file is not None, "Nothing was returned, expected bytes. Is the `return` missing?")
    right = isinstance(file, bytes | bytearray)
    check.require(right, f"Expected the file's content as bytes, got {type(file).__name__}.")
    try:
        run = LiteRTModel(bytes(file))
    except Exception:
        raise check.CheckError("LiteRT cannot read the bytes: return what `convert()` gives.") from None
    types: dict[str, int] = {}
    arrays = run.arrays()  # of one row, before other batches are tried
    inside = [ends for name, ends in run.ranges().items() if arrays[name][1] == codes.shape[1]]
    for kind, size in arrays.values():
        types[kind] = types.get(kind, 0) + size
    outputs = []
    for batch in batches:
        try:
            outputs.append(run(batch))
        except Exception as error:
            outputs.append(str(error)[:200])
    return {
        "batch": run.batch,
        "dtypes": list(run.dtypes),
        "types": types,
        "range": inside[0] if inside else None,
        "outputs": outputs,
    }
