"""What predict says of rows that are unlike the training data as a whole."""

from __future__ import annotations

import numpy as np
import pytest
from listener import Listener

from hpa_features.learn.model import Prediction
from hpa_features.learn.novelty import Together
from hpa_features.pipeline.predict_novelty import tell_novelty


def said_of(together, known=(), novel=(False, False)):
    answers = np.zeros((2, 1))
    said = Prediction(answers, answers > 0, np.zeros(2), np.array(novel), ("ER", "ER"), together)
    listener = Listener()
    tell_novelty(("a", "b"), known, said, listener)
    return listener.warnings


@pytest.mark.parametrize(
    ("block", "words"),
    [("ER", "data, most in “ER”; their median"), ("", "data; their median")],
)
def test_rows_unlike_as_a_whole_are_told_with_their_block_if_any(block, words):
    (warning,) = said_of(Together(share=0.4, chance=0.001, block=block))
    assert words in warning
    assert "exceeds that of 40% of the training rows" in warning


def test_usual_rows_are_not_told():
    assert said_of(Together(share=0.4, chance=0.4, block="ER")) == []
    assert said_of(None) == []


def test_rows_of_the_training_are_not_told():
    far = Together(share=0.9, chance=0.001, block="ER")
    assert said_of(far, known=("a", "b"), novel=(True, True)) == []
    (warning,) = said_of(far, known=("a",), novel=(True, True))
    assert warning.startswith("1 of 1 rows are unlike the training data")
    assert warning.endswith(": b.")
