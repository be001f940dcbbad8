"""A shell that answers as a kernel's does, what it shows, and the process in which it runs."""

import ast
import asyncio
import builtins
import contextlib
import io
import random
import signal
import socket
import sys
import types

import numpy as np

from course_utils.grading.box import wire

MAX_SHOWN = 2_000_000  # characters of a cell's text
MAX_DATA = 8_000_000  # characters of its figures and values
MAX_ERROR = 20_000  # characters of an error's message, and of a line of its traceback


class Outputs:
    """Collects what a cell shows, as nbformat's outputs."""

    def __init__(self):
        self.begin()

    def begin(self) -> None:
        """Forget everything: a new cell starts."""
        self.items, self.clear_next, self.room, self.shown = [], False, MAX_SHOWN, 0

    def stream(self, name: str, text: str) -> None:
        """Text on stdout or stderr; what does not fit is dropped."""
        if self.room < 0:
            return
        self._clear_if_due()
        self.room -= len(text)
        if self.room < 0:
            text = text[:MAX_SHOWN] + "\n[the rest of this cell's text was cut]\n"
        last = self.items[-1] if self.items else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            # kept in pieces: a million short prints must not take quadratic time
            last["text"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "text": [text]})

    def message(self, kind: str, content: dict) -> None:
        """A message that a kernel would publish."""
        if kind == "clear_output":
            self.clear_next = content.get("wait", False)
            if not self.clear_next:
                self.items = []
        elif kind == "update_display_data":
            for item in self.items:
                if item.get("transient") == content["transient"]:  # its display_id
                    item["data"] = content["data"]
        elif kind in ("display_data", "execute_result", "error"):
            self._clear_if_due()
            size = sum(len(str(value)) for value in content.get("data", {}).values())
            # what is too much is dropped here, before it counts as a flood
            if kind == "error" or len(self.items) < 1000 and self.shown + size < MAX_DATA:
                self.shown += size
                self.items.append({"output_type": kind} | content)

    def _clear_if_due(self) -> None:
        if self.clear_next:
            self.items, self.clear_next = [], False

    def take(self) -> list[dict]:
        """The outputs of the cell so far."""
        found = []
        for item in self.items:
            item = {name: value for name, value in item.items() if name != "transient"}
            if item["output_type"] == "stream":
                item["text"] = "".join(item["text"])
            found.append(item)
        return found


class Stream(io.TextIOBase):
    """What stands for stdout or stderr while a cell runs."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, name: str, outputs: Outputs):
        super().__init__()
        self.name = f"<{name}>"  # as ipykernel calls its streams
        self._name, self._outputs = name, outputs

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Show text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._outputs.stream(self._name, text)
        return len(text)

    def fileno(self) -> int:
        """Where the text of other programs goes: nowhere."""
        return {"stdout": 1, "stderr": 2}[self._name]


def _no_input(prompt=""):
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


def make_shell():
    """The shell that ipykernel uses, its messages collected instead of sent."""
    from ipykernel.compiler import XCachingCompiler
    from ipykernel.zmqshell import ZMQInteractiveShell
    from jupyter_client.session import Session
    from traitlets.config import Config

    outputs = Outputs()

    class Recorder(Session):
        def send(self, stream, msg_or_type, content=None, *args, **kwargs):
            if isinstance(msg_or_type, dict):
                msg_or_type, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
            outputs.message(msg_or_type, content)

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    kernel = types.SimpleNamespace(eventloop=None)
    shell = ZMQInteractiveShell.instance(
        config=config, kernel=kernel, compiler_class=XCachingCompiler
    )
    shell.enable_gui = lambda gui=None: None  # there is no window to show
    session = Recorder(key=b"")
    for publisher in (shell.displayhook, shell.display_pub):
        publisher.session, publisher.topic = session, b""
    builtins.input = _no_input
    # a kernel does so when pyplot is imported, which happened before there was a shell
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support

    activate_matplotlib("module://matplotlib_inline.backend_inline")
    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")
    # what is imported with the first error, or the first result, is better here already
    try:
        raise AssertionError
    except AssertionError as error:
        shell.InteractiveTB.structured_traceback(AssertionError, error, error.__traceback__)
    shell.display_formatter.format(shell)
    ast.parse(shell.transform_cell("pass"))
    shell._orig_sys_modules_main_mod = types.ModuleType("__main__")  # not this file
    return shell, outputs


def seed_anew() -> None:
    """Other random numbers than in another child, or for the notebook before."""
    random.seed()
    np.random.seed()  # noqa: NPY002


class Process:
    """A child of the warmed process that answers the worker's requests, one at a time."""

    spent = False  # whether it should serve nobody else

    def __init__(self, channel: socket.socket, shell, outputs: Outputs):
        self.channel, self.shell, self.outputs = channel, shell, outputs

    def serve(self) -> None:
        """Answer until the worker goes."""
        seed_anew()
        sys.stdout, sys.stderr = Stream("stdout", self.outputs), Stream("stderr", self.outputs)
        sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        with contextlib.suppress(EOFError):
            loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        while True:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            request = wire.receive(self.channel)[0]
            self.line = None  # to the other child
            if request.get("line"):
                _, numbers, _, _ = socket.recv_fds(self.channel, 1, 1)
                self.line = socket.socket(fileno=numbers[0])
            self.outputs.begin()
            answer = {"status": "error", "value": None}
            try:
                answer = await getattr(self, f"do_{request['do']}")(request)
            except BaseException as error:  # an interrupt that came late, or a broken shell
                self.show_error(error)
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                if self.line is not None:
                    self.line.close()
            answer |= {"n": request["n"], "outputs": self.outputs.take(), "spent": self.spent}
            wire.send(self.channel, answer)

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
        lines = [str(line)[:MAX_ERROR] for line in lines[:200]]
        content = {"ename": str(name), "evalue": text[:MAX_ERROR], "traceback": lines}
        self.outputs.message("error", content)
