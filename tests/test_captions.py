"""Words of pixel-art characters."""

import numpy as np

from course_utils.captions import TOPICS, VOCABULARY, bags_of_words, words_of
from course_utils.data import load_characters


def test_each_character_has_one_word_of_each_topic():
    factors = load_characters("pixel-art", 16, n=100).factors_train
    words = words_of(factors)
    assert words.shape == (len(factors), len(TOPICS))
    for column, known in zip(words.T, TOPICS.values(), strict=True):
        assert set(column) <= set(known)
    assert (bags_of_words(words).sum(axis=1) == len(TOPICS)).all()


def test_words_say_what_is_drawn():
    factors = load_characters("pixel-art", 16, n=100).factors_train
    words = words_of(factors)
    assert (words[:, 0] == factors["hair_color"] + " hair").all()
    assert ((words[:, 3] == "glasses") == (factors["glasses"] != "none")).all()
    assert ((words[:, 4] == "smile") == factors["mouth"].str.contains("happy")).all()


def test_bags_hold_known_words_alone():
    bags = bags_of_words([["smile", "red hat"], [], ["glasses", "smile"]])
    assert bags.dtype == np.float32 and bags.shape == (3, len(VOCABULARY))
    assert bags.sum(axis=1).tolist() == [1, 0, 2]
    assert bags[0, VOCABULARY.index("smile")] == 1
    assert len(set(VOCABULARY)) == 23
