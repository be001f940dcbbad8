"""Shared settings: the quick budget, no window, a home of its own."""

import os
import tempfile

os.environ["COURSE_QUICK"] = "1"
os.environ["MPLBACKEND"] = "Agg"
os.environ["COURSE_HOME"] = tempfile.mkdtemp(prefix="course-home-")
