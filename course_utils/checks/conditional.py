"""Checks of lesson 33, conditions and edits."""

import numpy as np

from course_utils import check


def check_decoder(build, **k) -> None:
    """x."""
check_direction=check_edit=check_swap=check_gap=check_decoder
