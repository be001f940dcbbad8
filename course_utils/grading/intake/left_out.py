"""Which cells of a notebook grading leaves out, for `course grade` and `course check` alike."""

import functools
import re

from course_utils.grading.intake.needed import PLACES, is_python, unneeded

MAX_STUDIED = 100_000  # characters of a learner's code that are worth a study of its names
# IPython's line magics and aliases, of all versions: a line may begin with one, without its %
_MAGICS = (
    "alias alias_magic autoawait autocall automagic autosave bash bookmark capture cat cd clear "
    "cls code_wrap colors conda config connect_info copy cp ddir debug dhist dirs doctest_mode "
    "echo ed edit env gui hist history html javascript js killbgscripts latex ldir less lf lk "
    "ll load load_ext loadpy logoff logon logstart logstate logstop ls lsmagic lx macro magic "
    "mamba man markdown matplotlib micromamba mkdir more mv notebook page pastebin pdb pdef "
    "pdoc perl pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd "
    "pycat pylab pypy python python2 python3 qtconsole quickref recall rehashx reload_ext ren "
    "rep rerun reset reset_selective rm rmdir ruby run save sc script set_env sh store subshell "
    "svg sx system tb time timeit unalias unload_ext uv who who_ls whos writefile xdel xmode"
)
MAGICS = frozenset(_MAGICS.split())
LINE = re.compile(r"%?[ \t]*([^\W\d]\w*)[ \t]+[^\s=,].*")


@functools.lru_cache(maxsize=4096)  # a notebook is looked at more than once
def does_nothing(source: str) -> bool:
    """Whether a cell is one line that is neither Python nor a magic: a note in a code cell, say."""
    line = source.strip()
    found = LINE.fullmatch(line)
    if not found or len(line) > MAX_STUDIED or is_python(source):
        return False
    return found[1] not in MAGICS and not PLACES.search(line.lstrip("%"))


def left_out(cells: list[dict]) -> set[str]:
    """Ids of the given cells that no verdict needs; see :func:`needed.unneeded`.

    Args:
        cells: a job's code cells in order: ``id``, ``source``, ``role``.
    """
    if sum(len(cell["source"]) for cell in cells if cell["role"] != "given") > MAX_STUDIED:
        return set()
    idle = [cell["role"] in ("answer", "own") and does_nothing(cell["source"]) for cell in cells]
    pairs = zip(cells, idle, strict=True)
    return unneeded(
        [cell | {"source": "" if nothing else cell["source"]} for cell, nothing in pairs]
    )
