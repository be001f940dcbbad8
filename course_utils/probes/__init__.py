"""Parts of checks that run beside the learner's objects, one file a lesson.

A probe sets a learner's class or function to work on stand-ins and tells what it did in plain
values. It knows no right answer: while a notebook is graded, it runs in the learner's process and
the check, which judges the values, in another (:mod:`course_utils.check.beside`).
"""
