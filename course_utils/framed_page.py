"""A page of HTML that needs nothing else: shown in a frame of a notebook, or saved as a file."""

import html
from pathlib import Path

from course_utils.paths import write_atomically


class FramedPage:
    """A whole page as text, its title, and the height of its frame in CSS pixels.

    A page without scripts runs none: the frame forbids it unless ``sandbox`` allows it.
    """

    sandbox = ""
    style = "border:1px solid #999"
    what = "A page"

    def __init__(self, text: str, title: str, height: int):
        self.text, self.title, self.height = text, title, height

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, which any browser opens; folders are made."""
        path = Path(path)
        write_atomically(path, self.text.encode())
        return path

    def frame(self) -> str:
        """HTML of the frame that shows the page."""
        return (
            f'<iframe title="{html.escape(self.title)}" sandbox="{self.sandbox}" width="100%" '
            f'height="{self.height}" style="{self.style}" loading="lazy" '
            f'srcdoc="{html.escape(self.text)}"></iframe>'
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.frame(), "text/plain": f"{self.what}: {self.title}"}
