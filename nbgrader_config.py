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

# `nbgrader zip_collect`: what Canvas and Moodle let one download, as it is
c.ZipCollectApp.extractor_plugin = "course_utils.grading.intake.collecting.Archives"
c.ZipCollectApp.collector_plugin = "course_utils.grading.intake.collecting.PlatformNames"

# the released notebook is committed, so it is always there already
c.GenerateAssignment.force = True

c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Your answer here.*"

# Submissions are sanitised, executed in a sandbox and scored by the course's own steps, by stock
# `nbgrader autograde` and formgrader's button too: see docs/instructors.md.
ours = "course_utils.grading.desk.scoring"
pages = "course_utils.grading.desk.pages"
theirs = "nbgrader.preprocessors"
c.Autograde.exporter_class = f"{ours}.Reader"
c.Autograde.sanitize_preprocessors = [f"{ours}.Repair"]
c.Autograde.autograde_preprocessors = [
    f"{ours}.SandboxExecute",
    f"{theirs}.IgnorePattern",
    f"{theirs}.LimitOutput",
    f"{ours}.SaveGrades",
    f"{ours}.LatePenalties",
]
# the pages of feedback follow every change of marks, and need neither network nor other files
c.GenerateFeedback.force = True
c.GenerateFeedback.exporter_class = f"{pages}.FeedbackPage"
# Feedback shows what hidden tests said, not their code. To reveal it: c.HideTests.reveal = True
c.GenerateFeedback.preprocessors = [
    f"{pages}.HideTests",
    f"{theirs}.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
# pages with a learner's Markdown, formgrader's too, must not run a learner's scripts
c.HTMLExporter.filters = {"markdown2html": f"{pages}.safe_markdown"}

# What follows is for `nbgrader validate`, which runs a notebook in an ordinary kernel and takes
# any line on standard error for a failure. Without a GPU, TensorFlow logs one from C++ with its
# first operation: keep it out of the notebook, and silence it at the source.
c.Execute.timeout = 60
c.Execute.extra_arguments = [
    "--HistoryManager.hist_file=:memory:",
    "--IPKernelApp.capture_fd_output=False",
]
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
