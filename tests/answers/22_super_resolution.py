"""Answers to the exercises of lesson 22, right and wrong."""

from tests.bank import Bank

bank = Bank()
