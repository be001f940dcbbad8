"""Helpers of the course *From Compression to Creation*.

For lessons: :mod:`data`, :mod:`plots`, :mod:`training`, :mod:`check`, :mod:`report`,
:mod:`progress` and :mod:`explorers`. For instructors and maintainers: :mod:`authoring`
and the command ``course``.
"""

import os
import sys

from course_utils import quiet

# Harmless start-up lines stay off a learner's screen, among them an error on machines without GPU.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
quiet.import_tensorflow_quietly()

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
