"""nbgrader without Jupyter's server, which it loads with every import of any of its parts.

A command that only says no, or writes a table, would spend a third of its time on that.
"""

import functools
import importlib
import sys
import types

# what nbgrader/__init__.py (0.9.6) takes a function from, for Jupyter's server alone
EXTENSIONS = ("assignment_list", "course_list", "formgrader", "validate_assignment")


def import_nbgrader() -> None:
    """Import nbgrader with its server extensions left for when somebody calls them.

    Nothing of it behaves otherwise: what stands in for an extension's function loads the extension
    and calls that. Where nbgrader is imported already, nothing is done.
    """
    if "nbgrader" in sys.modules:
        return
    names = [f"nbgrader.server_extensions.{name}" for name in EXTENSIONS]
    for name in names:
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].load_jupyter_server_extension = functools.partial(_load, name)
    try:
        importlib.import_module("nbgrader")
    finally:
        for name in names:
            del sys.modules[name]


def _load(name: str, app) -> None:
    importlib.import_module(name).load_jupyter_server_extension(app)
