"""What stands around a lesson: title, question and facts, its picture, links, the way to go on."""

import base64
from pathlib import Path

from course_utils.authoring import budget
from course_utils.authoring.sources import DEEPER, Lesson
from course_utils.paths import is_published

START = "00_start_here"
GLOSSARY = "01_glossary"
PICTURE_BYTES = 60_000  # of a header's picture


def launch_links(url: str, path: str) -> str:
    """Where a notebook of the repository starts, in Markdown."""
    # words, not pictures of buttons: a lesson looks whole without a network
    if not is_published(url):
        return "*Not published yet: links to Colab and Binder appear after `course publish OWNER`.*"
    owner_and_name = "/".join(url.rstrip("/").split("/")[-2:])
    colab = f"https://colab.research.google.com/github/{owner_and_name}/blob/main/{path}"
    binder = f"https://mybinder.org/v2/gh/{owner_and_name}/main?labpath={path}"
    return f"[Open in Colab]({colab}) · [Open in Binder]({binder})"


def _navigation(lesson: Lesson, order: list[str]) -> str:
    slug, place = lesson.slug, order.index(lesson.slug)
    links = [f"[Map of the course](../{START}.ipynb)", f"[Glossary](../{GLOSSARY}.ipynb)"]
    if lesson.deeper:
        return " · ".join([f"[← {slug}]({slug}.ipynb)", *links])
    if place > 0:
        before = order[place - 1]
        links.insert(0, f"[← {before}](../{before}/{before}.ipynb)")
    if place + 1 < len(order):
        after = order[place + 1]
        links.append(f"[{after} →](../{after}/{after}.ipynb)")
    return " · ".join(links)


def picture_path(root: Path, slug: str) -> Path:
    """Where the picture of a lesson's header lies; the lesson itself draws it."""
    return root / "docs" / "pictures" / f"{slug}.png"


def picture(lesson: Lesson) -> str:
    """The header's picture inside the text, as JupyterLab, Colab and GitHub all show it.

    Colab shows no attachments, GitHub no relative paths, and a notebook is read offline.
    """
    path = picture_path(lesson.path.parent.parent.parent, lesson.slug)
    if not lesson.picture or not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return f"![{lesson.picture}](data:image/png;base64,{data})\n\n"


def picture_problems(lesson: Lesson) -> list[str]:
    """What is wrong with the picture that a lesson's header names."""
    if not lesson.picture:
        return []
    path = picture_path(lesson.path.parent.parent.parent, lesson.slug)
    if not path.is_file():
        return [
            f"the header's picture docs/pictures/{path.name} is missing: draw it with "
            f'`plots.show(..., name="{lesson.slug}")`, then `course picture {lesson.slug}`'
        ]
    size = path.stat().st_size
    too_large = f"docs/pictures/{path.name} has {size} bytes, at most {PICTURE_BYTES}"
    return [too_large] if size > PICTURE_BYTES else []


def facts(lesson: Lesson) -> str:
    """How long the lesson takes and what it asks, in one line."""
    exercises, answers = lesson.graded("check"), lesson.graded("answer")
    points = sum(g["points"] for g in exercises + answers)
    if lesson.deeper:
        return "Optional: nothing here is graded, and no later lesson needs it."
    minutes = budget.count(lesson).shown_minutes
    draft = "*A draft.* " if lesson.draft else ""
    return (
        f"{draft}About {minutes} minutes · {len(exercises)} graded exercises and "
        f"{len(answers)} written question · {points:g} points"
    )


def opening(lesson: Lesson, shown: str) -> str:
    """Title and question of a lesson, what is ``shown`` below them, and its goals."""
    goals = "\n".join(f"- {goal}" for goal in lesson.goals)
    what = "Going deeper: " if lesson.deeper else ""
    after = "You will" if lesson.deeper else "After this lesson you can"
    return (
        f"# {lesson.slug[:2]} · {what}{lesson.title}\n\n"
        f"**{lesson.question}**\n\n"
        f"{shown}\n\n{after}\n\n{goals}"
    )


def header(lesson: Lesson, order: list[str], url: str) -> str:
    """The first cell of a notebook; ``order`` has all lessons' slugs, ``url`` the repository."""
    path = f"notebooks/{lesson.slug}/{lesson.name}.ipynb"
    head = opening(lesson, f"{picture(lesson)}{facts(lesson)}")
    return f"{head}\n\n{_navigation(lesson, order)}\n\n{launch_links(url, path)}"


def footer(lesson: Lesson, order: list[str], url: str) -> str:
    """The last cell of a notebook."""
    source = f"{url}/blob/main/solutions/{lesson.slug}/{lesson.name}.py"
    read = (
        f"read [the same lesson with its answers]({source})"
        if is_published(url)
        else f"read `solutions/{lesson.slug}/{lesson.name}.py` in the course's repository"
    )
    more = ""
    if lesson.continuation.is_file() and not lesson.deeper:
        more = (
            f"---\n### Going deeper\n\nWant more? [{lesson.slug}{DEEPER}]"
            f"({lesson.slug}{DEEPER}.ipynb) goes on where this lesson stops. It is optional.\n\n"
        )
    return (
        f"{more}---\n### Compare with a solution\n\n"
        "Solve the exercises first: a solution that you read is one that you did not find.\n\n"
        "- **In JupyterLab:** open a terminal (File → New → Terminal), go to the course's folder "
        f"and run `.venv/bin/course solution {lesson.name}`. It writes the executed notebook "
        f"`solutions/{lesson.slug}/{lesson.name}.ipynb`, figures and all; drag its tab beside "
        "this one.\n"
        f"- **On Colab or Binder:** {read}, a plain Python file.\n\n"
        f"{_navigation(lesson, order)}"
    )
