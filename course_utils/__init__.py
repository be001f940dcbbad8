"""Helpers of the course *From Compression to Creation*.

For lessons: :mod:`data`, :mod:`plots`, :mod:`training`, :mod:`check`, :mod:`report`,
:mod:`progress` and :mod:`explorers`. For instructors and maintainers: :mod:`authoring`
and the command ``course``.
"""

import os

# TensorFlow reads these once, when it is imported. The first keeps harmless start-up lines off a
# learner's screen, among them an error on machines without GPU. The second turns off kernels that
# round differently from machine to machine (and announce themselves on standard error).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
