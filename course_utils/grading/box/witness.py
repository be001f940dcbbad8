"""The learner's process: it runs the notebook's cells, and answers what a judge asks about them."""

import importlib.abc
import importlib.machinery
import signal
import sys

from course_utils.check import CheckError
from course_utils.grading.box import cells
from course_utils.grading.box.ends import Witness

CHECKS = "course_utils.checks"


class _Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for the modules of checks, which do not exist in a learner's process."""

    def find_spec(self, name, path=None, target=None):
        if name != CHECKS and not name.startswith(f"{CHECKS}."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=name == CHECKS)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        if module.__name__ == CHECKS:
            return

        def absent(name):
            if name.startswith("__"):
                raise AttributeError(name)

            def refuse(*args, **kwargs):
                raise CheckError(
                    f"{module.__name__}.{name} is not here. While a notebook is graded, its checks "
                    "run in another process, and only the check cells reach them."
                )

            return refuse

        module.__getattr__ = absent


class _Answers(Witness):
    """Answers a judge; the learner's code can be interrupted, the conversation cannot."""

    def answer(self, code, arrays):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            super().answer(code, arrays)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


class Desk(cells.Process):
    """Runs cells as a kernel does."""

    def serve(self):
        """Answer until the worker goes."""
        sys.path.append("")  # a module that the learner writes can be imported
        sys.meta_path.insert(0, _Absent())
        super().serve()

    async def do_cell(self, request: dict, line) -> dict:
        """Run a cell as ipykernel does (ipkernel.do_execute)."""
        shell, source, identity = self.shell, request["source"], request["id"]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        broken = None
        try:
            transformed = shell.transform_cell(source)
        except Exception:
            transformed, broken = source, sys.exc_info()
        if shell.should_run_async(
            source, transformed_cell=transformed, preprocessing_exc_tuple=broken
        ):
            try:
                result = await shell.run_cell_async(
                    source,
                    store_history=True,
                    transformed_cell=transformed,
                    preprocessing_exc_tuple=broken,
                    cell_id=identity,
                )
            finally:
                shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        else:
            result = shell.run_cell(source, store_history=True, cell_id=identity)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        shown = getattr(shell, "_last_traceback_during_displayhook", False)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not any(o["output_type"] == "error" for o in self.outputs.items):
            self.show_error(error)
        fine = bool(result.success and not shown)
        return {"status": "ok" if fine else "error", "exit": bool(shell.exit_now)}

    async def do_answer(self, request: dict, line) -> dict:
        """Answer a judge's questions until it hangs up."""
        _Answers(line, self._name).serve()
        self.show_figures()
        return {"status": "ok"}

    def _name(self, name: str, required: bool = False):
        space = self.shell.user_ns
        if required and name not in space:
            raise NameError(f"name {name!r} is not defined")
        return space.get(name)
