"""What the commands of ``course`` do; each takes the parsed arguments, returns the exit status.

Imports stand in the functions: a command loads only what it uses.
"""

import contextlib
import functools
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from course_utils.paths import repository_root, write_atomically


def build(args) -> int:
    """Make the notebooks, or name the stale ones."""
    from course_utils.authoring import build
    from course_utils.authoring.sources import SourceError

    root = repository_root()
    try:
        if args.check:
            stale = build.stale(root)
            for path in stale:
                print(f"stale: {path.relative_to(root)}")
            print("run `make notebooks` and commit" if stale else "all notebooks are up to date")
            return 1 if stale else 0
        written = build.build(root)
    except SourceError as error:
        print(error, file=sys.stderr)
        print(f"{len(error.problems)} problem(s); no notebook was touched", file=sys.stderr)
        return 1
    for path in written:
        print(f"{'wrote' if path.exists() else 'removed'} {path.relative_to(root)}")
    print(f"{len(written)} file(s) changed")
    return 0


def _path_of(lesson: str) -> Path:
    """The instructor's notebook of a lesson in this checkout, built first.

    Raises:
        ValueError: there is no lesson of that name.
    """
    from course_utils.authoring import build

    root = repository_root()
    paths = {found.name: found.path for found in build.read_all(root)}
    if lesson not in paths:
        raise ValueError(f"there is no lesson {lesson!r}; there are: {', '.join(sorted(paths))}")
    build.build(root, only_private=True)
    return paths[lesson].with_suffix(".ipynb")


def budget(args) -> int:
    """Print what every lesson asks of a learner."""
    from course_utils.authoring import budget, build

    lessons = build.read_all(repository_root())
    print(budget.table(lessons))
    return 1 if any(budget.excesses(lesson) for lesson in lessons if not lesson.draft) else 0


def new(args) -> int:
    """Write the files of a new lesson."""
    from course_utils.authoring import scaffold

    root = repository_root()
    for path in scaffold.new_lesson(root, args.lesson, args.title):
        print(f"wrote {path.relative_to(root)}")
    print(f"a working draft: `make notebooks`, then `course run {args.lesson} --quick`")
    return 0


def picture(args) -> int:
    """Draw the pictures of lessons' headers."""
    from course_utils.authoring import frame
    from course_utils.authoring.run import run_notebook

    root = repository_root()
    for lesson in args.lessons:
        path = _path_of(lesson)
        print(f"running {lesson} ...", flush=True)
        folder = root / "artifacts" / "figures"
        run_notebook(path, quick=False, figures=folder)
        for target in sorted((root / "docs" / "pictures").glob("*.png")):
            if (folder / target.name).is_file() and target.stem != lesson:
                write_atomically(target, (folder / target.name).read_bytes())
        drawn = folder / f"{lesson}.png"
        if not drawn.is_file():
            raise ValueError(f'{lesson} shows no figure by `plots.show(..., name="{lesson}")`')
        write_atomically(frame.picture_path(root, lesson), drawn.read_bytes())
        print(f"wrote docs/pictures/{drawn.name} ({drawn.stat().st_size} bytes)")
    return 0


def publish(args) -> int:
    """Name the owner of the published copy."""
    from course_utils.authoring import build

    root = repository_root()
    for path in build.publish(root, args.owner):
        print(f"wrote {path.relative_to(root)}")
    return 0


def solution(args) -> int:
    """Write a lesson's executed solution."""
    import nbformat

    from course_utils.authoring.run import run_notebook

    path = _path_of(args.lesson)
    print(f"running {args.lesson} (up to two minutes) ...", flush=True)
    run = run_notebook(path, quick=args.quick)
    write_atomically(path, (nbformat.writes(run.notebook) + "\n").encode())
    print(f"wrote {path} in {run.seconds:.0f} s")
    return 0


def run(args) -> int:
    """Run a lesson's solution; print its points and numbers."""
    from course_utils.authoring.run import run_notebook

    launcher = ()
    if args.python:
        # absolute, but not resolved: the link is what makes it the environment's interpreter
        launcher = (str(args.python.absolute()), "-m", "ipykernel_launcher")
    run = run_notebook(
        _path_of(args.lesson),
        quick=args.quick,
        figures=args.figures,
        launcher=launcher,
        twice=args.twice,
    )
    if args.figures:
        run.save_figures(args.figures / args.lesson)
    outside = run.out_of_range()
    for row in run.reports:
        mark = "   OUT OF RANGE" if row in outside else ""
        print(f"{row['name']:44s} {row['value']:10.5g}   [{row['low']:g}, {row['high']:g}]{mark}")
    if run.stderr():
        print(f"standard error, which costs points: {run.stderr()}")
    earned, possible = run.points()
    print(f"{args.lesson}: {earned:g} of {possible:g} points, ", end="")
    print(f"{run.seconds:.0f} s, {run.peak_mb:.0f} MB at most")
    return 0 if earned == possible and not outside else 1


def site(args) -> int:
    """Build the static site."""
    from course_utils.authoring.site.build import build_site

    say = functools.partial(print, flush=True)
    build_site(repository_root(), args.quick, args.only, say)
    return 0


def bench(args) -> int:
    """Print time and memory of every lesson."""
    from course_utils.authoring import bench

    if args.against:
        return bench.compare(args.against, full=not args.quick)
    return bench.main(full=not args.quick)


@contextlib.contextmanager
def one_interrupt() -> Iterator[None]:
    """Answer the first Ctrl-C at once, with KeyboardInterrupt.

    Later ones are ignored to the end of the process: they must not disturb the tidying up.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone gets signals
        yield
        return

    def stop(number, frame):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.write(2, b"\nstopping ...\n")  # `print` could be interrupted in a print
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is stop:
            signal.signal(signal.SIGINT, before)


def grade(args) -> int:
    """Grade what was submitted."""
    from tqdm import tqdm

    from course_utils.grading.desk import grade
    from course_utils.grading.desk.summary import words

    bars, shown = {}, contextlib.ExitStack()

    def progress(step: str, done: int, total: int) -> None:
        if step not in bars:
            bars[step] = tqdm(desc=step, total=total, unit="notebook", dynamic_ncols=True)
            shown.callback(bars[step].close)
        bars[step].total = total
        bars[step].update(done - bars[step].n)
        if done >= total:
            bars[step].close()

    try:
        with one_interrupt(), shown:
            summaries = grade.grade_lessons(
                repository_root(),
                args.lessons,
                students=args.students,
                workers=args.workers,
                scheduler=args.scheduler,
                regrade=args.regrade,
                sandbox=args.sandbox,
                dry_run=args.dry_run,
                feedback=args.feedback,
                progress=progress,
            )
    except KeyboardInterrupt:
        print("stopped; nothing is lost: the same command does the rest", file=sys.stderr)
        return 130
    print("\n\n".join(map(words, summaries)))
    return 0 if args.dry_run or all(summary.complete for summary in summaries) else 1


def report(args) -> int:
    """Write the page of a lesson, or its grades as a file."""
    from course_utils.grading.desk import gradebook_file
    from course_utils.grading.host import light

    root = repository_root()
    files = [(name, getattr(args, name)) for name in ("csv", "canvas", "moodle")]
    for name, path in files:  # a misspelt folder would be made, and the grades lie hidden in it
        if path and not path.parent.is_dir():
            raise ValueError(f"--{name} {path}: there is no folder {path.parent}; make it first")
        if path and path.is_dir():
            raise ValueError(f"--{name} {path} is a folder: name a file")
    light.import_nbgrader()
    from course_utils.grading.desk import class_page, exports

    with gradebook_file.words_for_accidents(None, root):
        for layout, path in files:
            if path:
                print(exports.export(root, args.lesson, layout, path))
        if not any(path for _, path in files):
            print(f"wrote {class_page.write_report(root, args.lesson, folder=args.to)}")
    return 0


def students(args) -> int:
    """Take students' names into the gradebook."""
    from course_utils.grading.intake import students

    print(students.import_students(repository_root(), args.table))
    return 0


def check(args) -> int:
    """Run a notebook's visible checks."""
    from course_utils.grading.desk import check_notebook

    return check_notebook.check(args.notebook)


def progress(args) -> int:
    """Print the map of the course."""
    from course_utils import progress

    if args.forget:
        progress.forget(None if args.forget == "all" else args.forget)
    print(progress.course_map())
    return 0


def inspect(args) -> int:
    """Mark the defects of parts on a page."""
    from course_utils.inspection_report import inspect_folder

    folder = args.folder or Path("artifacts", "parts", args.draw)
    page = args.to or Path("artifacts", "inspection", f"{folder.resolve().name}.html")
    print("\n".join(inspect_folder(folder, page, args.costs, args.size, args.draw)))
    return 0
