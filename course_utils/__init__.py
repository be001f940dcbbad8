"""Helpers of the course *From Compression to Creation*.

For lessons: :mod:`data`, :mod:`plots`, :mod:`training`, :mod:`check`, :mod:`report`,
:mod:`progress` and :mod:`explorers`. For instructors and maintainers: :mod:`authoring`
and the command ``course``.
"""

import os

# TensorFlow reads these once, when it is imported: the first keeps its start-up lines (and, on
# a machine without GPU, an error line that is harmless) off a learner's screen.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
