"""The pages for instructors: every command that they show exists, every link leads somewhere."""

import re
import shlex

import pytest

from course_utils.cli import _parser
from tests.bank import ROOT

PAGES = [ROOT / "docs" / name for name in ("instructors.md", "grading-on-many-machines.md")]


def _commands(text: str) -> list[str]:
    """Lines of code blocks, and inline code, that call `course`."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(course [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    found = [line.split("#")[0].strip() for line in lines]
    return [line for line in found if re.match(r"course [a-z]+ \w", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_on_the_page_exist(page):
    commands = _commands(page.read_text())
    assert commands
    for command in commands:
        _parser().parse_args(shlex.split(command)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_on_the_page_lead_somewhere(page):
    text = page.read_text()
    assert "TODO" not in text
    for target in re.findall(r"\]\((?!http)([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        other = (page.parent / name) if name else page
        assert other.is_file(), target
        heads = re.findall(r"^#+ (.+)$", other.read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not anchor or anchor in anchors, target
