"""One place makes a session predictable: Keras on TensorFlow, float32, channels last.

Keras obeys ``~/.keras/keras.json`` and ``KERAS_BACKEND``, and a setting for another project leads
to errors far from their cause here. Every module of the course takes Keras from this one, which
sets for this session what the lessons expect and says so in a line. (The backend is chosen in
``course_utils/__init__``: it must be known before Keras is imported. The user's file stays.)
"""

import json
import os
from pathlib import Path

import keras
import tensorflow as tf
import threadpoolctl

from course_utils import BACKEND_ASKED_FOR

# name -> what the lessons expect, how to read it, how to set it
_EXPECTED = {
    "floatx": ("float32", keras.config.floatx, keras.config.set_floatx),
    "image_data_format": (
        "channels_last", keras.config.image_data_format, keras.config.set_image_data_format
    ),
    "epsilon": (1e-7, keras.config.epsilon, keras.config.set_epsilon),
    "dtype_policy": (
        "float32", lambda: keras.config.dtype_policy().name, keras.config.set_dtype_policy
    ),
}  # fmt: skip


def _backend_asked_for() -> str:
    """The backend that the user's settings name."""
    folder = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    try:
        stored = json.loads((Path(folder) / "keras.json").read_text(encoding="utf-8"))
        stored = stored.get("backend")
    except (OSError, ValueError, AttributeError):
        stored = None
    return BACKEND_ASKED_FOR or stored or "tensorflow"


def _make_predictable() -> None:
    """Set what differs from the lessons' expectations, and say it in one line."""
    asked, found = _backend_asked_for(), []
    if asked != "tensorflow":
        found.append(f"backend {asked}")
    for name, (wanted, read, write) in _EXPECTED.items():
        if read() != wanted:
            found.append(f"{name} {read()}")
            write(wanted)
    if found:
        print(
            "The course runs Keras on TensorFlow with float32 and channels_last. "
            f"Your settings say otherwise ({', '.join(found)}) and do not count in this session."
        )
    # TensorFlow warns on standard error when several models are trained in a row
    tf.get_logger().setLevel("ERROR")


def _use_one_thread_for_blas() -> None:
    """NumPy and SciPy multiply on one thread; TensorFlow keeps all cores.

    NumPy and SciPy bring an OpenBLAS each, whose threads wait for one another on small matrices:
    on two cores a logistic regression on pixels takes six times as long with both threads.
    """
    asked = os.environ.get("OPENBLAS_NUM_THREADS") or "1"
    os.environ["OPENBLAS_NUM_THREADS"] = asked  # for what is loaded later
    if asked == "1":
        threadpoolctl.threadpool_limits(limits=1, user_api="blas")


_make_predictable()
_use_one_thread_for_blas()
