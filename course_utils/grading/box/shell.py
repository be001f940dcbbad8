"""A shell that answers as a kernel's does, and what it shows, as nbformat's outputs."""

import ast
import builtins
import io
import types


class Outputs:
    """Collects what a cell shows, as nbformat's outputs."""

    def __init__(self):
        self.begin()

    def begin(self, limit: int = 2_000_000) -> None:
        """Forget everything: a new cell starts."""
        self.items, self.clear_next, self.room = [], False, limit
        self.written = self.shown = 0

    def stream(self, name: str, text: str) -> None:
        """Text on stdout or stderr; what does not fit is dropped."""
        self.written += len(text)
        if self.room <= 0:
            return
        self._clear_if_due()
        if self.written > self.room:
            text = text[: self.room] + "\n[the rest of this cell's text was cut]\n"
            self.room = 0
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
            wanted = content["transient"].get("display_id")
            for item in self.items:
                if wanted and item.get("display_id") == wanted:
                    item["data"] = content["data"]
        elif kind in ("display_data", "execute_result", "error"):
            self._clear_if_due()
            item = {"output_type": kind} | content
            identity = item.pop("transient", {}).get("display_id")
            if identity:
                item["display_id"] = identity
            size = sum(len(str(value)) for value in item.get("data", {}).values())
            # what is too much is dropped here, before it counts as a flood
            if kind == "error" or len(self.items) < 1000 and self.shown + size < 8_000_000:
                self.shown += size
                self.items.append(item)

    def _clear_if_due(self) -> None:
        if self.clear_next:
            self.items, self.clear_next = [], False

    def take(self) -> list[dict]:
        """The outputs of the cell so far."""
        found = []
        for item in self.items:
            item = {name: value for name, value in item.items() if name != "display_id"}
            if item["output_type"] == "stream":
                item["text"] = "".join(item["text"])
            found.append(item)
        return found


class Stream(io.TextIOBase):
    """What stands for stdout or stderr while a cell runs."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, name: str, outputs: Outputs):
        super().__init__()
        self._name, self._outputs = name, outputs

    @property
    def name(self) -> str:
        """As ipykernel calls its streams."""
        return f"<{self._name}>"

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

    class Shell(ZMQInteractiveShell):
        def enable_gui(self, gui=None):
            """There is no window to show."""

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    kernel = types.SimpleNamespace(eventloop=None)
    shell = Shell.instance(config=config, kernel=kernel, compiler_class=XCachingCompiler)
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
