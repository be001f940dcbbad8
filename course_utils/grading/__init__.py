"""Grading of submissions: sanitise, execute in a sandbox, score into nbgrader's gradebook."""
