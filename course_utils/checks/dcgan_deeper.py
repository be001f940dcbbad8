"""Check of the continuation of lesson 42: spherical interpolation."""

import numpy as np

from course_utils import check


def _turned(a, b, t, straight=False, back=False, unit=False, wild=False, divided=True, degrees=False):
    """Points turned from a towards b in their common plane, with the popular slips as options."""
    t = np.asarray(t, float)[:, None]
    if back:
        a, b = b, a
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    u, v = a / lengths[0], b / lengths[1]
    omega = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if wild:  # the angle of the vectors as they are, not of their directions
        omega = np.arccos(np.clip(a @ b, -1, 1))
    if degrees:
        omega = np.degrees(omega)
    if unit:
        a, b = u, v
    if straight or omega == 0:
        return (1 - t) * a + t * b
    return (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / (np.sin(omega) if divided else 1.0)


def check_slerp(slerp, a, b, t) -> None:
    """Compare a spherical walk with points turned in the plane of its ends.

    Args:
        slerp: the learner's function of a, b and t.
        a, b: ends (d,), not opposite to each other.
        t: shares (m,).
    """
    a, b, t = (np.asarray(x, dtype=float) for x in (a, b, t))
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    name = f"the walk over an angle of {np.degrees(np.arccos(np.clip(cosine, -1, 1))):.2f} degrees"
    mistakes = check.slips(
        lambda **slips: _turned(a, b, t, **slips),
        {
            "this is the straight line. (Only below an angle of 10⁻⁶ is it allowed.)": {"straight": True},
            "it runs from b to a.": {"back": True},
            "its points have length 1; the formula keeps the lengths of a and b.": {"unit": True},
            "the angle is that of the directions: divide by the lengths first.": {"wild": True},
            "the result is not divided by sin of the angle.": {"divided": False},
            "the angle is in degrees; NumPy's sine wants radians.": {"degrees": True},
        },
    )
    answer = np.asarray(check.call(slerp, a, b, t))
    check.require(
        answer.dtype.kind != "f" or not np.isnan(answer).any(),
        f"{name}: NaN. Parallel points give 0/0, and rounding may give arccos a number above 1.",
    )
    check.close(answer, _turned(a, b, t), name, rtol=1e-6, mistakes=mistakes)


def check_slerp_everywhere(slerp) -> None:
    """Right and obtuse angles, small ones, none at all; other lengths; many dimensions."""
    third = np.linspace(0, 1, 4)
    check_slerp(slerp, [1, 0, 0], [0, 1, 0], third)
    check_slerp(slerp, [0.6, 0, 0, 0], [1, 2, 0, -1], third)
    for degrees in (130, 6, 2, 0.6):
        angle = np.radians(degrees)
        check_slerp(slerp, [1, 0], [2 * np.cos(angle), 2 * np.sin(angle)], third)
    rng = np.random.default_rng(9)
    for d, m in ((24, 7), (2, 1), (300, 3)):
        check_slerp(slerp, rng.normal(size=d), rng.normal(size=d), rng.random(m))
    for scale in (1.0, 2.0, *rng.random(20)):  # parallel: rounding must not lead to NaN
        a = rng.normal(size=5)
        check_slerp(slerp, a, scale * a, third)
