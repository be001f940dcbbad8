"""nbgrader's settings; stock commands run in this folder, see docs/instructors.md."""

import os

c = get_config()

c.CourseDirectory.course_id = "compression_to_creation"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
# nbgrader copies every file beside a notebook to the learners: the sources hold the answers
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "__pycache__",
    ".pytest_cache",
    "*.py",
    "*.pyc",
]

# the released notebook is committed, so it is always there already
c.GenerateAssignment.force = True

c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Your answer here.*"

# A lesson on its quick budget takes at most 20 s in all; an endless loop is stopped after this.
c.Execute.timeout = 60
# Any line on standard error costs a check its points. Without a GPU, TensorFlow logs one from
# C++ with its first operation: keep it out of the notebook, and silence it at the source.
c.Execute.extra_arguments = [
    "--HistoryManager.hist_file=:memory:",
    "--IPKernelApp.capture_fd_output=False",
]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# a check that a learner deleted comes back, instead of waiting for a manual grade for ever
c.OverwriteCells.add_missing_cells = True
