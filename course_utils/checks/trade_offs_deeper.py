"""Checks of lesson 32, going deeper: water-filling."""

import numpy as np

from course_utils import check


def check_water(water_filling, variances, level: float) -> None:
    """Hold rate and distortion of water-filling against loops over the axes."""
    v = np.array(variances, dtype=float)
    name = f"of variances {variances} at level {level}"
    found = check.call(water_filling, v, level)
    rate, distortion = check.several(
        tuple(found) if getattr(found, "shape", 0) == (2,) else found, "rate", "distortion"
    )
    dry, wet = [a for a in variances if a > level], [a for a in variances if a <= level]
    nats, left = sum(0.5 * np.log(a / level) for a in dry), len(dry) * level + sum(wet)
    rate_mistakes = {
        "drowned axes got a negative rate; they cost nothing.": sum(
            0.5 * np.log(a / level) for a in variances if a > 0
        ),
        "a half is missing: ½ log(λ/θ).": 2 * nats,
        "this is in bits; nats are asked for.": nats / np.log(2),
        "the sum over the axes, not the mean.": nats / len(v),
        "the sign: a code costs nats.": -nats,
        "this is the distortion; the rate comes first.": left,
    }
    check.close(rate, nats, f"the rate {name}", mistakes=rate_mistakes)
    mistakes = {
        "drowned axes keep their own variance, not the level.": level * len(v),
        "the axes under water were forgotten: their whole variance is left.": level * len(dry),
        "the axes above the water were forgotten: the level is left on each.": sum(wet),
        "the sum over the axes, not the mean.": left / len(v),
        "this is what the code describes; what is left is asked for.": v.sum() - left,
        "the larger of the two was taken.": np.maximum(v, level).sum(),
    }
    check.close(distortion, left, f"the distortion {name}", mistakes=mistakes)
