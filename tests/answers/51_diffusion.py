"""Answers to the exercises of lesson 51, right and wrong."""

from tests.bank import Bank

bank = Bank()
S = "sum_of_squares"

bank.wrong(S, "not squared", says="not squared", swap=("x**2", "x"))
bank.wrong(S, "the mean", says="the mean", swap=("np.sum", "np.mean"))
bank.wrong(S, "cubes", says="got", swap=("x**2", "x**3"))
bank.wrong(S, "one axis", says="sum", swap=("np.sum(squares)", "np.sum(squares, axis=0)[0]"))
bank.wrong(S, "no return", says="return", swap=("return float", "float"))
bank.right(S, "linear algebra", swap=("float(np.sum(squares))", "np.linalg.norm(x) ** 2"))
bank.right(S, "a loop", swap=("float(np.sum(squares))", "sum(v * v for v in x.ravel())"))
