"""Checks that tell a learner in words what is wrong.

Each function returns when all is well and raises :class:`CheckError` otherwise. In a notebook the
error shows its message alone, without a traceback. Values are compared by :mod:`values`, and
:mod:`likeness` says what wrong ones have in common with the right ones; learners' functions are
called by :mod:`calls`, Keras models are looked into by :mod:`networks`, and the weights of a sum
are found by :mod:`weights`. What a wrong function does when one thing is changed is told by
:mod:`behaviours`; :mod:`cases` confirms a known mistake, or shows it, in other cases.
"""

from course_utils.check.behaviours import behaviour
from course_utils.check.beside import beside
from course_utils.check.calls import Traced, call, compiled, trace
from course_utils.check.cases import confirmed, first_wrong, in_digits, worked
from course_utils.check.networks import activation, fresh, model, nonlinear, probe, with_weights
from course_utils.check.values import (
    CheckError,
    array,
    close,
    differ,
    not_list,
    number,
    require,
    several,
    slips,
)
from course_utils.check.weights import weights

__all__ = [
    "CheckError",
    "Traced",
    "activation",
    "array",
    "behaviour",
    "beside",
    "call",
    "close",
    "compiled",
    "confirmed",
    "differ",
    "first_wrong",
    "fresh",
    "in_digits",
    "model",
    "nonlinear",
    "not_list",
    "number",
    "probe",
    "require",
    "several",
    "slips",
    "trace",
    "weights",
    "with_weights",
    "worked",
]
