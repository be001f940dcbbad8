"""The judge's process: it runs checks, and never a learner's code.

A check sees the names of the lesson's given cells, whose statements are run here as far as it needs
them, and of the learner's cells values and proxies. The process serves one notebook after the other
until it is spent: then something in it may be other than it was.
"""

import ast
import contextlib
import inspect
import signal
import sys

import numpy as np

from course_utils.check import CheckError
from course_utils.grading.box.ends import Gone, Judge
from course_utils.grading.box.shell import Process, seed_anew


class Bench(Process):
    """Runs the checks of one notebook after the other."""

    def serve(self):
        """Answer until the worker goes."""
        self.judge, self.spent = None, False
        self._seed_both()
        super().serve()

    def _seed_both(self) -> None:
        """A check that seeds the random generators seeds the learner's, too."""
        training = sys.modules.get("course_utils.training")
        if training is None:  # a process that knows no Keras
            return
        seed = training.set_seed

        def set_seed(number: int) -> None:
            seed(number)
            if self.judge is not None:
                self.judge.ask("seed", int(number))

        training.set_seed = set_seed

    def _begin(self) -> None:
        """Know nothing of the notebook before, and show none of its figures."""
        import matplotlib.pyplot as plt  # here: warmed before a child is forked

        plt.close("all")
        self.space = {"__name__": "__main__", "get_ipython": lambda: self.shell}
        self.done: set[int] = set()  # numbers of the given statements that ran
        seed_anew()

    async def do_check(self, request: dict) -> dict:
        """Run a check; an error, or the value of its last expression.

        The request says whether it is the first of a notebook (``new``), and names the given
        statements to run before (``given``: number and source), and the names to ask the learner's
        process for (``ask``).
        """
        if request["new"]:
            self._begin()
        space, shown, was_spent = self.space, None, self.spent
        self.judge, self.spent = Judge(self.line, space), True  # if it is stopped, it stays so
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            codes = _compiled(self.shell.transform_cell(request["source"]))
            for number, source in request["given"]:
                if number not in self.done:
                    await _execute(_compile(source, "<lesson>"), space)
                    self.done.add(number)
            for name in request["ask"]:
                space.pop(name, None)
                with contextlib.suppress(KeyError):
                    space[name] = self.judge.ask("name", name)
            for code in codes:
                shown = await _execute(code, space)
            self.spent = was_spent or self.judge.changed
        except Gone:
            return {"status": "gone"}
        except MemoryError:
            raise
        except Exception:
            self.spent = was_spent or self.judge.changed
            raise
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.judge = None
        self.shell.events.trigger("post_execute")  # shows figures that are open
        if shown is not None:
            self.shell.displayhook(shown)
        return {"status": "ok", "value": _points(shown)}


def _compiled(source: str) -> list:
    """Code of a cell: its statements, and its last expression if it ends in one."""
    tree, codes = ast.parse(source), []
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        codes = [_compile(ast.Expression(tree.body.pop().value), "<check>", "eval")]
    return [_compile(tree, "<check>"), *codes]


def _compile(source, name: str, mode: str = "exec"):
    return compile(source, name, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


async def _execute(code, space: dict):
    """Run code in a namespace, which may wait; the value of an expression."""
    result = eval(code, space)
    return await result if code.co_flags & inspect.CO_COROUTINE else result


def _points(value) -> float | None:
    """Partial credit: the number that a check ended in, or None where it ended in none."""
    if value is None or isinstance(value, bool | str | bytes | np.bool_):
        return None
    if isinstance(value, int | float | np.integer | np.floating):
        if abs(float(value)) < 1e300:
            return float(value)
        raise CheckError(f"the check ended in {value}, which is no number of points")
    kind = type(value).__name__
    raise CheckError(f"the check ended in {kind} instead of a number: is a result no single value?")
