"""Run LiteRT files (``.tflite``) with the interpreter that TensorFlow brings along.

On a device one installs the small package ``ai-edge-litert`` instead; its class ``Interpreter`` is
used in the same way.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator

import numpy as np

from course_utils.quiet import held_back


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep what TensorFlow's converter and interpreter say off the screen.

    They write to Python's and to the process's own output. If an exception leaves the block, what
    was written to standard error is shown.
    """
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with held_back(lambda line, failed: failed):
            yield


class LiteRTModel:
    """A LiteRT file with one input and one output, ready to run: ``outputs = model(inputs)``.

    Any number of rows will do if the file has a free batch dimension.

    Attributes:
        batch: -1 if the batch dimension is free, otherwise the number of rows that it takes.
        dtypes: names of the types of input and output, such as ``"float32"``.

    Args:
        file: the content of the file.
        threads: of the processor.
    """

    def __init__(self, file: bytes, threads: int = 1):
        import tensorflow as tf

        with quietly():
            self._interpreter = tf.lite.Interpreter(model_content=file, num_threads=threads)
            self._interpreter.allocate_tensors()
        (self._input,), (self._output,) = (
            self._interpreter.get_input_details(), self._interpreter.get_output_details()
        )  # fmt: skip
        self._rows = int(self._input["shape"][0])
        self.batch = int(self._input["shape_signature"][0])
        self.dtypes = tuple(np.dtype(x["dtype"]).name for x in (self._input, self._output))

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Outputs ``(n, ...)`` of inputs ``(n, ...)``, both of the file's types.

        Raises:
            ValueError: the batch dimension is not free, and the inputs have other rows.
        """
        inputs = np.asarray(inputs, dtype=self._input["dtype"])
        if len(inputs) != self._rows:
            if self.batch != -1:
                raise ValueError(f"the file takes batches of {self.batch}, not of {len(inputs)}")
            with quietly():
                self._interpreter.resize_tensor_input(self._input["index"], inputs.shape)
                self._interpreter.allocate_tensors()
            self._rows = len(inputs)
        self._interpreter.set_tensor(self._input["index"], inputs)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output["index"])

    def arrays(self) -> dict[str, tuple[str, int]]:
        """The stored and computed arrays: name -> type, and number of entries for one row."""
        found = {}
        for one in self._interpreter.get_tensor_details():
            size = int(np.prod(one["shape"], dtype=int))
            found[f"{one['index']} {one['name']}"] = (np.dtype(one["dtype"]).name, size)
        return found

    def ranges(self) -> dict[str, tuple[float, float]]:
        """Lowest and highest number that an int8 array with one scale can hold, by name."""
        found = {}
        for one in self._interpreter.get_tensor_details():
            scale, zero_point = one["quantization"]
            if scale and np.dtype(one["dtype"]) == np.int8:
                ends = (scale * (q - zero_point) for q in (-128, 127))
                found[f"{one['index']} {one['name']}"] = tuple(map(float, ends))
        return found
