"""Checks and oracles of the lessons, a module for each: ``from course_utils.checks import vae``.

A check is a function of the learner's object and plain data. It knows nothing of the notebook,
computes the right value by another way than the solution, and names a mistake in words.
"""
