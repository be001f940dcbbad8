"""TensorFlow's import without its greeting.

With oneDNN's kernels TensorFlow announces them on standard error, where nbgrader takes any line
for a failure. It does so twice while it is imported, before ``TF_CPP_MIN_LOG_LEVEL`` counts.
"""

import contextlib
import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator

GREETING = (b"oneDNN custom operations are on", b"before absl::InitializeLog() is called")


@contextlib.contextmanager
def held_back(passes: Callable[[bytes, bool], bool]) -> Iterator[None]:
    """Keep what is written to standard error, also by libraries, and let some of it through.

    Args:
        passes: function of a line and of whether an exception left the block, called at its end;
            says whether the line is written.
    """
    import tempfile  # here: a cheap command does without

    with tempfile.TemporaryFile() as kept:
        try:
            terminal = os.dup(2)
        except OSError:  # there is no standard error
            yield
            return
        os.dup2(kept.fileno(), 2)
        failed = False
        try:
            yield
        except Exception:
            failed = True
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            kept.seek(0)
            os.write(2, b"".join(line for line in kept if passes(line, failed)))


def without_greeting() -> contextlib.AbstractContextManager[None]:
    """Keep what is written to standard error for a moment, and let through what is no greeting."""
    return held_back(lambda line, failed: not any(words in line for words in GREETING))


class _Watch(importlib.abc.MetaPathFinder):
    """Waits for the import of TensorFlow, whoever asks for it."""

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                del spec.loader.exec_module  # the class's own again
                with without_greeting():
                    execute(module)

            spec.loader.exec_module = exec_module
        return spec


def import_tensorflow_quietly() -> None:
    """Arrange that TensorFlow, once it is imported, does not announce itself."""
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _Watch())
