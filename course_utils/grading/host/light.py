"""nbgrader without Jupyter's server, which it loads with every import of any of its parts.

A command that only says no, or writes a table, would spend a third of its time on that.
"""

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
    standing_in = [_stand_in(f"nbgrader.server_extensions.{name}") for name in EXTENSIONS]
    sys.modules.update({module.__name__: module for module in standing_in})
    try:
        importlib.import_module("nbgrader")
    finally:
        for module in standing_in:
            sys.modules.pop(module.__name__)


def _stand_in(name: str) -> types.ModuleType:
    module = types.ModuleType(name)

    def load_jupyter_server_extension(app):
        return importlib.import_module(name).load_jupyter_server_extension(app)

    module.load_jupyter_server_extension = load_jupyter_server_extension
    return module
