"""Build the site: execute what changed, write Sphinx's sources, let Sphinx make the pages."""

import html
import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat

from course_utils.authoring import budget
from course_utils.authoring.build import map_in_words, read_all
from course_utils.authoring.frame import GLOSSARY, START, picture_path
from course_utils.authoring.glossary import entries
from course_utils.authoring.run import Run
from course_utils.authoring.site import demos, pages
from course_utils.authoring.site.executed import Executed
from course_utils.authoring.sources import Lesson
from course_utils.paths import repository_url
from course_utils.progress import parts

GUIDES = {  # pages for teachers: file -> title in the menu
    "teaching": "Teaching with the course",
    "instructors": "Grading",
    "grading-on-many-machines": "Grading on many machines",
    "jupyterhub": "JupyterHub",
}


def build_site(root: Path, quick: bool = False, only: list[str] | None = None, say=print) -> Path:
    """Build the whole site; returns its folder, ``artifacts/site/html``.

    Args:
        root: the checkout.
        quick: lessons run on their small budgets (for tests).
        only: names of lessons; the others have no page.
        say: shows a line of progress.

    Raises:
        RuntimeError: a lesson's cell failed, or Sphinx found a fault (a broken link, say).
        ValueError: an unknown lesson.
    """
    lessons = read_all(root)
    names = {lesson.name for lesson in lessons}
    if strange := sorted(set(only or []) - names):
        raise ValueError(
            f"no such lesson: {', '.join(strange)}; there are {', '.join(sorted(names))}"
        )
    lessons = [one for one in lessons if not only or one.name in only]
    executed = Executed(root, quick)
    _execute(executed, lessons, say)
    place = root / "artifacts" / "site"
    source, target = place / "source", place / ("html-quick" if quick else "html")
    shutil.rmtree(source, ignore_errors=True)
    _write_sources(root, source, lessons, executed)
    say("Sphinx makes the pages ...")
    _sphinx(root, source, target)
    say(f"{target / 'index.html'} ({_megabytes(target):.0f} MB in all)")
    return target


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _execute(executed: Executed, lessons: list[Lesson], say) -> None:
    runs = {one.name: executed.kept(one) for one in lessons}
    missing = [one for one in lessons if runs[one.name] is None]
    for name, run in runs.items():
        if run is not None:
            _say_out_of_range(name, run, say)
    if not missing:
        say(f"all {len(lessons)} lessons are executed already")
        return
    seconds = sum(25 if executed.quick else one.seconds for one in missing)
    minutes = f"about {seconds / 60:.0f} minutes"
    say(f"to be executed: {len(missing)} of {len(lessons)} lessons, {minutes}")
    # full runs one by one, since lessons measure seconds
    with ThreadPoolExecutor(2 if executed.quick else 1) as pool:
        waiting = {pool.submit(executed.run, lesson): lesson.name for lesson in missing}
        try:
            for k, done in enumerate(as_completed(waiting), start=1):
                run, name = done.result(), waiting[done]
                say(f"[{k}/{len(missing)}] {name}: {run.seconds:.0f} s")
                _say_out_of_range(name, run, say)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _say_out_of_range(name: str, run: Run, say) -> None:
    """Name each number that left its range: the page would say one thing and show another."""
    for row in run.out_of_range():
        say(
            f"    {name}: {row['name']} is {row['value']:.4g}, "
            f"but the text rests on {row['low']:g} to {row['high']:g}"
        )


def _write_sources(root: Path, source: Path, lessons: list[Lesson], executed: Executed) -> None:
    url, files = repository_url(root), pages.Files(source / "extra" / "files")
    frames = root / "docs" / "site" / "demos"
    known = {one.name for one in lessons} | set(GUIDES) | {START, GLOSSARY}
    for lesson in lessons:
        demo = demos.of_lesson(lesson.name)
        if demo:
            demos.write(frames, executed.place(lesson), source / "extra" / "demos", demo)
        shown = demos.frame(demo, "../../") if demo else ""
        outputs = executed.read(lesson)
        notebook = pages.lesson_page(lesson, outputs, files, root, url, known, shown)
        path = source / "notebooks" / lesson.slug / f"{lesson.name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
    cores = [lesson for lesson in lessons if not lesson.deeper]
    texts = {
        f"notebooks/{START}.md": _map(cores, files),
        f"notebooks/{GLOSSARY}.md": _glossary(cores),
        "index.md": _front_page(root, lessons, files),
    }
    for name in GUIDES:
        text = (root / "docs" / f"{name}.md").read_text(encoding="utf-8")
        texts[f"docs/{name}.md"] = pages.without_strange_links(text, known, url)
    for name, text in texts.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _map(lessons: list[Lesson], files) -> str:
    text = map_in_words(lessons).replace("## The map", "# Map of the course", 1)
    return files.taken_out(text, "../extra/files").replace("\n### ", "\n## ")


def _glossary(lessons: list[Lesson]) -> str:
    rows = ["# Glossary", "", "Each term of the course in one line, with its lessons.", ""]
    rows.append("```{glossary}")
    for term, (line, slugs) in entries(lessons).items():
        links = ", ".join(f"[{slug[:2]}]({slug}/{slug}.ipynb)" for slug in slugs)
        rows += [term, f"  {line} ({links})", ""]
    return "\n".join([*rows, "```", ""])


def _front_page(root: Path, lessons: list[Lesson], files) -> str:
    """What it is, one thing to touch, where to start; then a picture of every lesson."""
    text = (root / "docs" / "site" / "index.md").read_text(encoding="utf-8")
    cores = {lesson.slug: lesson for lesson in lessons if not lesson.deeper}
    first = next(iter(cores))
    first_demo = next((demo for one in lessons if (demo := demos.of_lesson(one.name))), None)
    text = text.replace("DEMO_HERE", demos.frame(first_demo, "") if first_demo else "")
    links = [
        f"[Start with the first lesson](notebooks/{first}/{first}.ipynb)",
        f"[Map of the course](notebooks/{START}.md)",
        f"[Glossary](notebooks/{GLOSSARY}.md)",
        "[For teachers](docs/teaching.md)",
    ]
    text = text.replace("LINKS_HERE", " · ".join(links))
    cards, menu = [], []
    names = {slug: [one.name for one in lessons if one.slug == slug] for slug in cores}
    for number, part in enumerate(parts(), start=1):
        here = [cores[slug] for slug in part["lessons"] if slug in cores]
        if not here:
            continue
        cards.append(f'<h3>Part {number} · {html.escape(part["name"])}</h3>\n<div class="cards">')
        cards += [_card(root, lesson, files) for lesson in here]
        cards.append("</div>")
        pages_ = [f"notebooks/{one.slug}/{name}" for one in here for name in names[one.slug]]
        menu.append(_menu(f"{number} · {part['name']}", pages_))
    guides = [f"{title} <docs/{name}>" for name, title in GUIDES.items()]
    start = [f"Map of the course <notebooks/{START}>", f"Glossary <notebooks/{GLOSSARY}>"]
    menu = [_menu("", start), *menu, _menu("For teachers", guides)]
    return text.replace("CARDS_HERE", "\n".join(cards)).replace("MENU_HERE", "\n\n".join(menu))


def _menu(caption: str, entries: list[str]) -> str:
    """A part of the menu, in Sphinx's words."""
    options = [":hidden:", f":caption: {caption}"] if caption else [":hidden:"]
    return "\n".join(["```{toctree}", *options, "", *entries, "```"])


def _card(root: Path, lesson: Lesson, files) -> str:
    picture = picture_path(root, lesson.slug)
    drawn = ""
    if picture.is_file():
        name = files.add(picture.read_bytes(), "png")
        drawn = f'<img src="files/{name}" alt="" loading="lazy">'
    minutes = budget.count(lesson).shown_minutes
    return (
        f'<a class="card" href="notebooks/{lesson.slug}/{lesson.slug}.html">{drawn}'
        f"<strong>{lesson.slug[:2]} · {html.escape(lesson.title)}</strong>"
        f"<span>{html.escape(lesson.question)}</span><small>{minutes} min</small></a>"
    )


def _sphinx(root: Path, source: Path, target: Path) -> None:
    from sphinx.cmd.build import build_main

    new, trees = target.with_name(f"{target.name}.new"), str(source.parent / "doctrees")
    shutil.rmtree(new, ignore_errors=True)
    settings = ["-q", "-W", "--keep-going", "-b", "html", "-c", str(root / "docs" / "site")]
    if build_main([*settings, "-d", trees, str(source), str(new)]):
        raise RuntimeError(f"Sphinx found faults, see above; {target} is as it was")
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
