"""The learner's process: it runs the notebook's cells, and answers what a judge asks about them."""

import importlib.abc
import importlib.machinery
import signal
import sys

from course_utils.check import CheckError
from course_utils.grading.box.ends import Witness
from course_utils.grading.box.shell import Process

CHECKS = "course_utils.checks"


class _Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for the modules of checks, which do not exist in a learner's process."""

    def find_spec(self, name, path=None, target=None):
        if name == CHECKS or name.startswith(f"{CHECKS}."):
            return importlib.machinery.ModuleSpec(name, self, is_package=name == CHECKS)
        return None

    def exec_module(self, module):
        if module.__name__ != CHECKS:
            module.__getattr__ = lambda name: _absent(f"{module.__name__}.{name}", name)


def _absent(title: str, name: str):
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*args, **kwargs):
        raise CheckError(
            f"{title} is not here. While a notebook is graded, its checks run in another process, "
            "and only the check cells reach them."
        )

    return refuse


class _Answers(Witness):
    """Answers a judge; the learner's code can be interrupted, the conversation cannot."""

    def answer(self, code, arrays):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            super().answer(code, arrays)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


class Desk(Process):
    """Runs cells as a kernel does."""

    def serve(self):
        """Answer until the worker goes."""
        sys.path.append("")  # a module that the learner writes can be imported
        sys.meta_path.insert(0, _Absent())
        super().serve()

    async def do_cell(self, request: dict) -> dict:
        """Run a cell as ipykernel does (ipkernel.do_execute), whether it waits or not."""
        shell, source, broken, result = self.shell, request["source"], None, None
        shell._last_traceback_during_displayhook = False  # as shell.run_cell sets it
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            transformed = shell.transform_cell(source)
        except Exception:
            transformed, broken = source, sys.exc_info()
        try:
            result = await shell.run_cell_async(
                source,
                store_history=True,
                transformed_cell=transformed,
                preprocessing_exc_tuple=broken,
                cell_id=request["id"],
            )
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not any(o["output_type"] == "error" for o in self.outputs.items):
            self.show_error(error)
        fine = result.success and not shell._last_traceback_during_displayhook
        return {"status": "ok" if fine else "error", "exit": bool(shell.exit_now)}

    async def do_answer(self, request: dict) -> dict:
        """Answer a judge's questions until it hangs up."""
        _Answers(self.line, self.shell.user_ns).serve()
        self.shell.events.trigger("post_execute")  # shows figures that are open
        return {"status": "ok"}
