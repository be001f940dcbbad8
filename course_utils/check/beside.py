"""Objects of the learner's that live in another process, and what must run beside them.

While a notebook is graded, a check runs in one process and the learner's code in another, and only
plain values cross. In a learner's own notebook there is one process, and all this is a plain call.
"""

from collections.abc import Callable


class Remote:
    """A learner's object in another process: it can be called, and its attributes be read."""

    def _beside(self, function: Callable, args: tuple, kwargs: dict):
        raise NotImplementedError


def beside(function: Callable, /, *args, **kwargs):
    """Call a *probe*, where the learner's objects live.

    A probe is a function of a module that both processes have (``course_utils.check`` or
    ``course_utils.probes``). It takes objects of the learner's and plain values, and returns plain
    values. It is for what does not cross: a class of the learner's, a function to be compiled.
    It must know no right answer, as it runs in the learner's process.

    Args:
        function: the probe, defined at the top of its module.
        args: what it takes.
        kwargs: likewise.

    Raises:
        CheckError: as the probe does.
    """
    for one in (*args, *kwargs.values()):
        if isinstance(one, Remote):
            return one._beside(function, args, kwargs)
    return function(*args, **kwargs)
