"""What a wrong function does when one thing is changed."""

import numpy as np
import pytest

from course_utils import check

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 5, 3))


def kl(mean, log_var):
    return 0.5 * np.sum(mean**2 + np.exp(log_var) - 1 - log_var, axis=1)


def squared_error(a, b):
    return np.mean((a - b) ** 2)


def truncate(w, center, psi):
    return center + psi * (w - center)


def softmax(x):
    e = np.exp(x)
    return e / e.sum(axis=1, keepdims=True)


def by_number(w, center, psi):
    return truncate(w, center, psi) * (1 + np.arange(len(w))[:, None])


def column_means(x):
    return np.mean(x, axis=0)


def own_mean(w, center, psi):
    return w.mean(axis=0) + psi * (w - w.mean(axis=0))


KL = {"mean": A, "log_var": B}
PAIR = {"a": A, "b": B}
STYLES = {"w": A, "center": B[0], "psi": 0.6}


def of_mean(change):
    return lambda mean, log_var: kl(change(mean), log_var)


CASES = [
    (
        kl,
        KL,
        lambda m, v: np.mean(m**2 + np.exp(v) - 1 - v, axis=1) / 2,
        "should become twice as lar",
    ),
    (kl, KL, of_mean(lambda m: 0), "`mean`, the result should change; yours stays the same"),
    (kl, KL, of_mean(lambda m: np.sqrt(np.abs(m))), "every number in `mean` is 0 yours is right"),
    (kl, KL, of_mean(lambda m: m - m.mean(axis=0)), "the other rows of the result should not"),
    (kl, KL, of_mean(lambda m: m * [1, 2, 3]), "last axis of `mean` and `log_var` is reversed"),
    (
        kl,
        KL,
        lambda m, v: 2 * kl(m, v),
        "A small case: for mean = [[0.1257]], log_var = [[-0.7323]]",
    ),
    (squared_error, PAIR, lambda a, b: np.sum((a - b) ** 2), "yours becomes twice as large"),
    (squared_error, PAIR, lambda a, b: np.mean(np.abs(a - b)), "4 times as large; yours becomes"),
    (squared_error, PAIR, lambda a, b: RNG.normal(), "Two calls with the same arguments"),
    (truncate, STYLES, lambda w, c, p: truncate(w, c, 0.7), "in `psi`, the result should change"),
    (truncate, STYLES, lambda w, c, p: truncate(w, c, -p), "Where `psi` is 0 yours is right: look"),
    (truncate, STYLES, own_mean, "Where `psi` is 1 yours is right"),
    (truncate, STYLES, by_number, "the result's rows should do the same, and no more"),
    (column_means, {"x": A}, lambda x: x.sum(axis=0), "every row of `x` comes twice, the result"),
    (softmax, {"x": A}, lambda x: softmax(x.T).T, "only the first row of `x` is changed"),
    (softmax, {"x": A}, lambda x: softmax(x) + 1, "A small case: for x = [[0.1257]] you get [[2"),
]


@pytest.mark.parametrize(("right", "given", "wrong", "words"), CASES)
def test_a_wrong_function_shows_itself(right, given, wrong, words):
    assert words in check.behaviour(wrong, right, **given)


def test_a_right_function_and_one_that_fails_give_no_words():
    assert check.behaviour(kl, kl, **KL) == ""
    assert check.behaviour(lambda mean, log_var: 1 / 0, kl, **KL) == ""
    assert check.behaviour(lambda mean, log_var: kl(mean, log_var)[0], kl, **KL) == ""


def test_words_stand_after_the_name_of_what_is_wrong():
    def check_kl(answer):
        words = lambda: check.behaviour(answer, kl, **KL)  # noqa: E731
        check.close(check.call(answer, A, B), kl(A, B), "the KL terms", otherwise=words)

    check_kl(kl)
    with pytest.raises(check.CheckError, match="^the KL terms: If the last axis"):
        check_kl(lambda mean, log_var: kl(mean * [1, 2, 3], log_var))


def test_changed_numbers_stay_in_their_domain():
    seen = []

    def entropy(p, size, mask):
        seen.append((p, size, mask))
        return np.sum(mask * size * p * np.log(p + 1))

    p, size, mask = RNG.random((4, 3)), RNG.random((4, 3)) + 3, np.eye(4, 3)
    check.behaviour(lambda *given: 3 * entropy(*given), entropy, p=p, size=size, mask=mask)
    assert len(seen) > 20
    assert all(one.min() >= 0 and one.max() <= 1 for one, _, _ in seen)
    assert all(one.min() >= 0 for _, one, _ in seen)
    assert all(np.isin(one, (0, 1)).all() for _, _, one in seen)
