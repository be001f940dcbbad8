"""The command ``course``: the front door for learners, instructors and maintainers."""

import argparse
import codecs
import contextlib
import functools
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from course_utils.paths import repository_root, write_atomically


def _build(args) -> int:
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


def _budget(args) -> int:
    from course_utils.authoring import budget, build

    lessons = build.read_all(repository_root())
    print(budget.table(lessons))
    return 1 if any(budget.excesses(lesson) for lesson in lessons if not lesson.draft) else 0


def _new(args) -> int:
    from course_utils.authoring import scaffold

    root = repository_root()
    for path in scaffold.new_lesson(root, args.lesson, args.title):
        print(f"wrote {path.relative_to(root)}")
    print(f"a working draft: `make notebooks`, then `course run {args.lesson} --quick`")
    return 0


def _picture(args) -> int:
    from course_utils.authoring import build
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
        write_atomically(build.picture_path(root, lesson), drawn.read_bytes())
        print(f"wrote docs/pictures/{drawn.name} ({drawn.stat().st_size} bytes)")
    return 0


def _publish(args) -> int:
    from course_utils.authoring import build

    root = repository_root()
    for path in build.publish(root, args.owner):
        print(f"wrote {path.relative_to(root)}")
    return 0


def _solution(args) -> int:
    import nbformat

    from course_utils.authoring.run import run_notebook

    path = _path_of(args.lesson)
    print(f"running {args.lesson} (up to two minutes) ...", flush=True)
    run = run_notebook(path, quick=args.quick)
    write_atomically(path, (nbformat.writes(run.notebook) + "\n").encode())
    print(f"wrote {path} in {run.seconds:.0f} s")
    return 0


def _run(args) -> int:
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


def _site(args) -> int:
    from course_utils.authoring.site.build import build_site

    say = functools.partial(print, flush=True)
    build_site(repository_root(), args.quick, args.only, say)
    return 0


def _bench(args) -> int:
    from course_utils.authoring import bench

    if args.against:
        return bench.compare(args.against, full=not args.quick)
    return bench.main(full=not args.quick)


@contextlib.contextmanager
def _one_interrupt() -> Iterator[None]:
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


def _grade(args) -> int:
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
        with _one_interrupt(), shown:
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


def _report(args) -> int:
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


def _students(args) -> int:
    from course_utils.grading.intake import students

    print(students.import_students(repository_root(), args.table))
    return 0


def _check(args) -> int:
    from course_utils.grading.desk import check_notebook

    return check_notebook.check(args.notebook)


def _progress(args) -> int:
    from course_utils import progress

    if args.forget:
        progress.forget(None if args.forget == "all" else args.forget)
    print(progress.course_map())
    return 0


def _inspect(args) -> int:
    from course_utils.inspection_report import inspect_folder

    folder = args.folder or Path("artifacts", "parts", args.draw)
    page = args.to or Path("artifacts", "inspection", f"{folder.resolve().name}.html")
    print("\n".join(inspect_folder(folder, page, args.costs, args.size, args.draw)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, action, help: str, more: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=f"{help}. {more}" if more else help)
        sub.set_defaults(action=action, parser=sub)
        return sub

    sub = command("progress", _progress, "show the map of the course and what you have solved")
    sub.add_argument("--forget", metavar="LESSON", help='start a lesson (or "all") again')
    sub = command("solution", _solution, "write a lesson's executed solution beside its source")
    sub.add_argument("lesson")
    sub.add_argument("--quick", action="store_true", help="on the small budget")
    sub = command("check", _check, "run a notebook's visible checks as the grader would")
    sub.add_argument("notebook", type=Path, help="the notebook, or its lesson's folder or name")
    sub = command(
        "grade",
        _grade,
        "grade what was submitted; exit 1 if a verdict is missing",
        "Submissions lie in submitted/STUDENT/LESSON/. Ctrl-C is safe at any moment: "
        "the same command does the rest.",
    )
    sub.add_argument("lessons", nargs="+", metavar="LESSON")
    sub.add_argument("--students", nargs="+", metavar="NAME", help="only these")
    sub.add_argument(
        "--workers", type=int, default=2, metavar="N", help="notebooks at a time (default: 2)"
    )
    sub.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler on other machines")
    sub.add_argument("--regrade", action="store_true", help="run and score everything again")
    kinds = ["auto", "bubblewrap", "container", "none"]
    sub.add_argument(
        "--sandbox",
        choices=kinds,
        default="auto",
        help="what student code runs in (default: auto = bubblewrap, else container, else refuse)",
    )
    sub.add_argument("--dry-run", action="store_true", help="only say what would be done")
    sub.add_argument("--feedback", action="store_true", help="also make the pages of feedback")
    sub = command("inspect", _inspect, "learn from good parts, mark the others' defects on a page")
    sub.add_argument("folder", nargs="?", type=Path, help="in MVTec AD's layout; without: drawn")
    sub.add_argument("--draw", choices=["cloth", "plate"], default="cloth", help="which is drawn")
    sub.add_argument("--to", type=Path, metavar="FILE", help="the page (default: in artifacts/)")
    costs = {"nargs": 3, "type": float, "metavar": ("MISS", "ALARM", "RATE")}
    sub.add_argument("--costs", **costs, default=(20, 1, 0.05), help="of a miss, of a false alarm; "
                     "share of bad parts (default: 20 1 0.05)")  # fmt: skip
    sub.add_argument("--size", type=int, default=256, help="longer side of a picture (pixels)")
    sub = command("students", _students, "take students' names and addresses into the gradebook")
    sub.add_argument(
        "table", type=Path, help="CSV: id, first_name, last_name, email, lms_user_id (Canvas)"
    )
    sub = command("report", _report, "which exercise confuses: a page, or the grades as a file")
    sub.add_argument("lesson")
    sub.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where the page goes (default: artifacts/reports)"
    )
    for layout, use in (
        ("csv", "write the points of every exercise, for a spreadsheet; no page"),
        ("canvas", "write the totals for Canvas: Grades > Import; no page"),
        ("moodle", "write the totals for Moodle: Grades > Import > CSV file; no page"),
    ):
        sub.add_argument(f"--{layout}", type=Path, metavar="FILE", help=use)
    sub = command("build", _build, "make the notebooks from the sources in solutions/")
    sub.add_argument("--check", action="store_true", help="only name stale notebooks; exit 1")
    sub = command("new", _new, "write the files of a new lesson, a working draft")
    sub.add_argument("lesson", help="its slug, e.g. 15_small")
    sub.add_argument("title", nargs="?", default="", help="its title")
    command("budget", _budget, "what every lesson asks of a learner, against the limits")
    sub = command("picture", _picture, "draw the picture in a lesson's header (a full run)")
    sub.add_argument("lessons", nargs="+", metavar="LESSON")
    sub = command("publish", _publish, "name the owner of the published copy: launch links, badges")
    sub.add_argument("owner", help="the account that the repository lies under")
    sub = command("run", _run, "run a lesson's solution and list its points and numbers")
    sub.add_argument("lesson")
    sub.add_argument("--quick", action="store_true", help="on the small budget")
    sub.add_argument("--figures", type=Path, help="save the figures in this folder")
    sub.add_argument("--twice", action="store_true", help="run every cell twice in a row")
    sub.add_argument("--python", type=Path, help="interpreter of another environment to run it in")
    sub = command("site", _site, "build the static site, executing the lessons that changed")
    sub.add_argument("--quick", action="store_true", help="run lessons on the small budget")
    sub.add_argument("--only", nargs="+", metavar="LESSON", help="pages of these lessons alone")
    sub = command("bench", _bench, "time and memory of every lesson, and of the build")
    sub.add_argument("--quick", action="store_true", help="leave out the full budgets")
    sub.add_argument("--against", metavar="COMMIT", help="run an earlier commit in turn; ratios")
    return parser


# what stands for our signs where the output is not UTF-8; for others a question mark
_PLAIN = {"\N{CHECK MARK}": "+", "\N{BALLOT X}": "x", "–": "-", "·": "|", "→": "->", "±": "+-"}


def _print_what_can_be_printed() -> None:
    """Let standard output in an encoding without our signs show others, not end in an error."""

    def replace(error):
        if not isinstance(error, UnicodeEncodeError):
            raise error
        signs = error.object[error.start : error.end]
        return "".join(_PLAIN.get(sign, "?") for sign in signs), error.end

    codecs.register_error("course-plain", replace)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="course-plain")


def main(argv: list[str] | None = None) -> int:
    """Entry point; returns the exit status."""
    _print_what_can_be_printed()
    args, strange = _parser().parse_known_args(argv)
    if strange:  # argparse itself would show the usage of `course`, not of the command
        args.parser.error(f"unrecognized arguments: {' '.join(strange)}")
    try:
        return args.action(args)
    except ModuleNotFoundError as error:
        extras = "pip install 'course_utils[grading,lab,dev]'"
        print(f"course: this needs {error.name}, which is not installed: {extras}", file=sys.stderr)
        return 1
    except (ValueError, OSError, RuntimeError) as error:
        print(f"course: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
