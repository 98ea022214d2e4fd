"""What predict says of rows that are unlike the training data as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from listener import Listener

from hpa_features.learn.model import Prediction
from hpa_features.learn.novelty import Together
from hpa_features.pipeline.predict_novelty import tell_novelty


def said_of(together):
    answers = np.zeros((2, 1))
    usual = np.zeros(2, dtype=np.bool_)
    said = Prediction(answers, answers > 0, np.zeros(2), usual, ("", ""), together)
    listener = Listener()
    tell_novelty(("a", "b"), said, listener)
    return listener.warnings


@pytest.mark.parametrize(
    ("block", "words"),
    [("ER", "data, most in ER; their median"), ("", "data; their median")],
)
def test_rows_unlike_as_a_whole_are_told_with_their_block_if_any(block, words):
    (warning,) = said_of(Together(share=0.4, chance=0.001, block=block))
    assert words in warning
    assert "than 40% of the training rows" in warning


def test_usual_rows_are_not_told():
    assert said_of(Together(share=0.4, chance=0.4, block="ER")) == []
    assert said_of(None) == []
