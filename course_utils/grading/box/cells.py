"""Running cells and checks: what a learner's process and a judge's have in common."""

import ast
import asyncio
import contextlib
import inspect
import random
import signal
import socket
import sys

from course_utils.grading.box import wire
from course_utils.grading.box.shell import Outputs, Stream

# The names of a cell's file start so, in the kernel too (ipykernel.compiler)
CELL_FILES = ("/tmp/ipykernel_", "<ipython-input", "<cell")
MAX_TEXT = 20_000  # characters of an error's message


class Process:
    """A child of the warmed process that answers the worker's requests, one at a time."""

    def __init__(self, channel: socket.socket, shell, outputs: Outputs):
        self.channel, self.shell, self.outputs = channel, shell, outputs

    def serve(self) -> None:
        """Answer until the worker goes."""
        random.seed()  # other random numbers in every child than in its siblings
        with contextlib.suppress(Exception):
            sys.modules["numpy"].random.seed()
        sys.stdout, sys.stderr = Stream("stdout", self.outputs), Stream("stderr", self.outputs)
        sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        while True:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                request = wire.receive(self.channel)[0]
            except EOFError:
                return
            line = None
            if request.get("line"):
                _, numbers, _, _ = socket.recv_fds(self.channel, 1, 1)
                line = socket.socket(fileno=numbers[0])
            answer = await self._answer(request, line)
            wire.send(self.channel, {"n": request["n"]} | answer)

    async def _answer(self, request: dict, line) -> dict:
        self.outputs.begin()
        answer = {"status": "error", "value": None}
        try:
            answer = await getattr(self, f"do_{request['do']}")(request, line)
        except BaseException as error:  # an interrupt that came late, or a broken shell
            self.show_error(error)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            if line is not None:
                line.close()
        return answer | {"outputs": self.outputs.take()}

    def show_figures(self) -> None:
        """Show the figures that are open, as a kernel does at a cell's end."""
        with contextlib.suppress(Exception):
            import matplotlib_inline.backend_inline as inline

            inline.flush_figures()

    def show(self, value) -> None:
        """Show a cell's last value."""
        try:
            data, _ = self.shell.display_formatter.format(value)
            data = {k: v for k, v in data.items() if isinstance(v, str)}
        except Exception:
            data = {"text/plain": type(value).__name__}
        content = {"data": data, "metadata": {}, "execution_count": None}
        self.outputs.message("execute_result", content)

    def show_error(self, error: BaseException) -> None:
        """Show an error as a kernel would; a check's own lines stay out of it."""
        name, text = type(error).__name__, ""
        with contextlib.suppress(BaseException):
            text = str(error)
        lines = [f"{name}: {text}"]
        with contextlib.suppress(BaseException):
            if hasattr(error, "_render_traceback_"):
                lines = error._render_traceback_()
            elif getattr(error, "learners_trace", None):
                lines = ["Traceback of your code:", *error.learners_trace, *lines]
            elif _in_a_cell(error.__traceback__):
                trace = self.shell.InteractiveTB
                lines = trace.structured_traceback(type(error), error, error.__traceback__)
        lines = [str(line)[:MAX_TEXT] for line in lines[:200]]
        content = {"ename": str(name), "evalue": text[:MAX_TEXT], "traceback": lines}
        self.outputs.message("error", content)


def parse(source: str) -> ast.Module:
    """A cell as a tree; in what is no Python, IPython's own words are replaced first.

    Raises:
        SyntaxError: it is not a cell.
    """
    try:
        return ast.parse(source)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        return ast.parse(TransformerManager().transform_cell(source))


def compiled(tree: ast.Module, name: str, source: str) -> list:
    """Code of a cell: its statements, and its last expression if it ends in one."""
    tree, last = ast.fix_missing_locations(tree), None
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        expression = ast.Expression(tree.body[-1].value)
        tree = ast.Module(tree.body[:-1], tree.type_ignores)
        last = compile(expression, name, "eval", flags, dont_inherit=True)
    body = compile(tree, name, "exec", flags, dont_inherit=True)
    return [body] if last is None else [body, last]


async def execute(code, space: dict):
    """Run code in a namespace, which may wait; the value of an expression."""
    result = eval(code, space)
    return await result if code.co_flags & inspect.CO_COROUTINE else result


def _in_a_cell(trace) -> bool:
    """Whether an error went through the learner's code, so that its lines help."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(CELL_FILES):
            return True
        trace = trace.tb_next
    return False
