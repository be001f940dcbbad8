"""Where the course keeps its files: data, caches, progress."""

import os
import tomllib
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def repository_root() -> Path:
    """The checkout to work in: the nearest folder upwards that holds ``nbgrader_config.py``.

    Raises:
        FileNotFoundError: the command was started outside a checkout.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").is_file() and (folder / "solutions").is_dir():
            return folder
    raise FileNotFoundError(f"{here} is not inside a checkout of the course: go there first")


def home_dir() -> Path:
    """Folder of the learner's own files (progress); ``COURSE_HOME`` moves it."""
    default = Path.home() / ".from-compression-to-creation"
    return Path(os.environ.get("COURSE_HOME") or default)


def data_dir() -> Path:
    """Folder ``data/`` of the repository, or its copy inside an installed package."""
    checkout = PACKAGE.parent / "data"
    return checkout if (checkout / "README.md").is_file() else PACKAGE / "_data"


def cache_dir() -> Path:
    """Writable folder for arrays made from the data, created on first use."""
    for folder in (data_dir() / ".cache", home_dir() / "cache"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise OSError(
        f"neither {data_dir()} nor {home_dir()} can be written: "
        "set COURSE_HOME to a folder that can"
    )


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file completely or not at all: to a neighbour first, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


PLACEHOLDER = "OWNER_HERE"


def repository_url(root: Path | None = None) -> str:
    """Address of the course's repository, as ``pyproject.toml`` says it.

    Args:
        root: a checkout to look into; otherwise what the installed package knows.
    """
    source = (root or PACKAGE.parent) / "pyproject.toml"
    if source.is_file():
        return tomllib.loads(source.read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
    urls = metadata.metadata("course_utils").get_all("Project-URL") or []
    named = dict(entry.split(", ", 1) for entry in urls)
    return named["Repository"]


def is_published(url: str) -> bool:
    """Whether an owner has been named: see ``course publish``."""
    return f"/{PLACEHOLDER}/" not in url
