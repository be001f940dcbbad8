"""The glossary: every term of the course in one line, with the lessons that define it."""

from nbformat.v4 import new_markdown_cell

from course_utils.authoring.sources import Lesson


def entries(lessons: list[Lesson]) -> dict[str, tuple[str, list[str]]]:
    """Term -> its line (from the first lesson that defines it) and the lessons, by alphabet."""
    found: dict[str, tuple[str, list[str]]] = {}
    for lesson in lessons:
        for term, line in lesson.terms.items():
            known = next((t for t in found if t.lower() == term.lower()), term)
            text, slugs = found.setdefault(known, (line, []))
            slugs.append(lesson.slug)
    return dict(sorted(found.items(), key=lambda entry: entry[0].lower()))


def glossary_notebook(lessons: list[Lesson], start: str) -> list:
    """The cells of the glossary's notebook."""
    cells = [
        new_markdown_cell(
            "# Glossary\n\nEach term of the course in one line, with the lesson that defines it "
            f"first.\n\n[Map of the course]({start}.ipynb)"
        )
    ]
    by_letter: dict[str, list[str]] = {}
    for term, (line, slugs) in entries(lessons).items():
        links = ", ".join(f"[{slug[:2]}]({slug}/{slug}.ipynb)" for slug in slugs)
        letter = term[0].upper() if term[0].isalpha() else "#"
        by_letter.setdefault(letter, []).append(f"- **{term}**: {line} ({links})")
    for letter, rows in by_letter.items():
        cells.append(new_markdown_cell(f"## {letter}\n\n" + "\n".join(rows)))
    return cells
