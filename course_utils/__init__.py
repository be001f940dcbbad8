"""Helpers of the course *From Compression to Creation*.

For lessons: :mod:`data`, :mod:`plots`, :mod:`training`, :mod:`check`, :mod:`report`,
:mod:`progress` and :mod:`explorers`. For instructors and maintainers: :mod:`authoring`
and the command ``course``.
"""

import os
import sys

# TensorFlow reads these once, when it is imported. The first keeps harmless start-up lines off a
# learner's screen, among them an error on machines without GPU. The second turns off kernels that
# round differently from machine to machine (and announce themselves on standard error).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

# Keras reads this one. The rest of its settings: session.py
BACKEND_ASKED_FOR = os.environ.get("KERAS_BACKEND", "")
os.environ["KERAS_BACKEND"] = "tensorflow"
if "keras" in sys.modules:
    _backend = getattr(sys.modules["keras"], "backend", None)
    if _backend is not None and _backend.backend() != "tensorflow":
        raise ImportError(
            f"Keras is already imported, with the backend {_backend.backend()}; this course needs "
            "tensorflow. Restart the kernel (Python) and import course_utils before keras."
        )
