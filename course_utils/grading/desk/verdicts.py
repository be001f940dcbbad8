"""From the result of a job to points and the words on them."""

import re
from dataclasses import dataclass, field

from course_utils.grading.intake.jobs import points_of
from course_utils.grading.intake.needed import names_taken
from course_utils.grading.intake.released import Released
from course_utils.grading.intake.sanitise import defined_names

# errors whose words say enough: of course_utils.check, and of the executing process
OURS = ("CheckError", "CellTimeoutError", "DeadProcessError", "NotRun")
# what IPython takes for the file of a cell, in the words of a SyntaxError
INVENTED = re.compile(r"\((?:\d+\.py|<[^<>]*>), (line \d+)\)$")


@dataclass
class Verdict:
    """Points for one check, and in words why, for the learner."""

    points: float
    reasons: list[str] = field(default_factory=list)


def score_check(told: dict, most: float) -> Verdict:
    """Points of one executed check, and what is to be said of it."""
    verdict, value = Verdict(points_of(told, most)), told["value"]
    errors = [out for out in told["outputs"] if out["output_type"] == "error"]
    if told["status"] != "ok" or errors:
        verdict.reasons.append(reason_of(told))
    elif value is not None and verdict.points != value:
        verdict.reasons.append(f"The check gave {value:g} of {most:g} points.")
    elif verdict.points < most:
        verdict.reasons.append(f"Partial credit: {verdict.points:g} of {most:g} points.")
    return verdict


def error_words(name: str, words: str) -> str:
    """An error as a learner should read it: without names of our classes and of cells' files."""
    words = INVENTED.sub(r"(\1)", words.strip())
    if name in OURS or (name == "NotImplementedError" and "is not written yet" in words):
        return words or name
    return f"{name}: {words}" if words else name


def reason_of(told: dict) -> str:
    """Why a cell failed, in the words of its last error if it has one."""
    errors = [out for out in told["outputs"] if out["output_type"] == "error"]
    if errors and (told["status"] in ("ok", "error") or errors[-1]["ename"] in OURS):
        return error_words(errors[-1]["ename"], errors[-1]["evalue"])
    return {
        "error": "It stopped with an error.",
        "timeout": f"It was stopped after {told['seconds']:.0f} s.",
        "died": "The notebook's process ended while it ran (killed, exited, or out of memory).",
        "not run": "It was not run: an earlier cell ended the notebook.",
    }.get(told["status"], told["status"])


def verdicts(job: dict, result: dict, released: Released) -> dict[str, Verdict]:
    """Verdict of each check, by grade id."""
    told = {cell["id"]: cell for cell in result["cells"]}
    given = {}
    for cell in job["cells"]:
        name = cell["id"]
        if cell["role"] != "check":
            continue
        verdict = score_check(told[name], cell["points"])
        answer = told.get(released.answer_of(name))
        if answer and answer["status"] != "ok" and told[name]["status"] != "not run":
            verdict.reasons.insert(0, f"In the answer's cell: {reason_of(answer)}")
            if verdict.points:
                verdict.reasons.append("What the cell had defined before that was graded.")
        given[name] = verdict
    _tell_of_others(given, job, released)
    return given


def _tell_of_others(given: dict[str, Verdict], job: dict, released: Released) -> None:
    """Say of a failed check that it uses an answer whose own check failed."""
    cells = {cell["id"]: cell for cell in job["cells"]}
    failed = [name for name, one in given.items() if one.points < cells[name]["points"]]
    defined: dict[str, set[str]] = {}  # answers with a failed check, and what they are to define
    for name in failed:
        source = released.cells.get(released.answer_of(name))
        if source and not given[name].points:
            defined[source.name] = defined_names(source.stub)
    for name in failed:
        own = released.answer_of(name)
        others = set().union(*(names for answer, names in defined.items() if answer != own))
        for used in sorted(others & names_taken(cells[name]["source"])):
            words = f"This check also uses {used}, whose own check failed."
            given[name].reasons.append(words)
