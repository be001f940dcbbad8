"""The command ``course``: the front door for learners, instructors and maintainers."""

import argparse
import codecs
import sys
from collections.abc import Callable
from pathlib import Path

from course_utils import commands


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course", description=__doc__)
    known = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, action, help: str, more: str = "") -> argparse.ArgumentParser:
        sub = known.add_parser(name, help=help, description=f"{help}. {more}" if more else help)
        sub.set_defaults(action=action, parser=sub)
        return sub

    _add_for_learners(command)
    _add_grading(command)
    _add_for_authors(command)
    return parser


def _add_for_learners(command: Callable[..., argparse.ArgumentParser]) -> None:
    sub = command(
        "progress", commands.progress, "show the map of the course and what you have solved"
    )
    sub.add_argument("--forget", metavar="LESSON", help='start a lesson (or "all") again')
    sub = command(
        "solution", commands.solution, "write a lesson's executed solution beside its source"
    )
    sub.add_argument("lesson")
    sub.add_argument("--quick", action="store_true", help="on the small budget")
    sub = command("check", commands.check, "run a notebook's visible checks as the grader would")
    sub.add_argument("notebook", type=Path, help="the notebook, or its lesson's folder or name")
    sub = command(
        "inspect", commands.inspect, "learn from good parts, mark the others' defects on a page"
    )
    sub.add_argument("folder", nargs="?", type=Path, help="in MVTec AD's layout; without: drawn")
    sub.add_argument("--draw", choices=["cloth", "plate"], default="cloth", help="which is drawn")
    sub.add_argument("--to", type=Path, metavar="FILE", help="the page (default: in artifacts/)")
    costs = {"nargs": 3, "type": float, "metavar": ("MISS", "ALARM", "RATE")}
    sub.add_argument("--costs", **costs, default=(20, 1, 0.05), help="of a miss, of a false alarm; "
                     "share of bad parts (default: 20 1 0.05)")  # fmt: skip
    sub.add_argument("--size", type=int, default=256, help="longer side of a picture (pixels)")


def _add_grading(command: Callable[..., argparse.ArgumentParser]) -> None:
    sub = command(
        "grade",
        commands.grade,
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
    sub = command(
        "students", commands.students, "take students' names and addresses into the gradebook"
    )
    sub.add_argument(
        "table", type=Path, help="CSV: id, first_name, last_name, email, lms_user_id (Canvas)"
    )
    sub = command(
        "report", commands.report, "which exercise confuses: a page, or the grades as a file"
    )
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


def _add_for_authors(command: Callable[..., argparse.ArgumentParser]) -> None:
    sub = command("build", commands.build, "make the notebooks from the sources in solutions/")
    sub.add_argument("--check", action="store_true", help="only name stale notebooks; exit 1")
    sub = command("new", commands.new, "write the files of a new lesson, a working draft")
    sub.add_argument("lesson", help="its slug, e.g. 15_small")
    sub.add_argument("title", nargs="?", default="", help="its title")
    command("budget", commands.budget, "what every lesson asks of a learner, against the limits")
    sub = command("picture", commands.picture, "draw the picture in a lesson's header (a full run)")
    sub.add_argument("lessons", nargs="+", metavar="LESSON")
    sub = command(
        "publish", commands.publish, "name the owner of the published copy: launch links, badges"
    )
    sub.add_argument("owner", help="the account that the repository lies under")
    sub = command("run", commands.run, "run a lesson's solution and list its points and numbers")
    sub.add_argument("lesson")
    sub.add_argument("--quick", action="store_true", help="on the small budget")
    sub.add_argument("--figures", type=Path, help="save the figures in this folder")
    sub.add_argument("--twice", action="store_true", help="run every cell twice in a row")
    sub.add_argument("--python", type=Path, help="interpreter of another environment to run it in")
    sub = command(
        "site", commands.site, "build the static site, executing the lessons that changed"
    )
    sub.add_argument("--quick", action="store_true", help="run lessons on the small budget")
    sub.add_argument("--only", nargs="+", metavar="LESSON", help="pages of these lessons alone")
    sub = command("bench", commands.bench, "time and memory of every lesson, and of the build")
    sub.add_argument("--quick", action="store_true", help="leave out the full budgets")
    sub.add_argument("--against", metavar="COMMIT", help="run an earlier commit in turn; ratios")


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
