from __future__ import annotations

from hpa_features.report.card import model_card

LABEL = {
    "name": "Golgi | apparatus",
    "supported": True,
    "rule": "auto",
    "threshold": 0.25,
    "calibration": {"kind": "platt"},
    "learners": {"boosting": 0.404, "kernel": 0.596, "linear": 0.0},
    "positives": 1200,
    "positive_groups": 300,
    "p_value": 0.001,
    "f1": 0.5,
    "f1_interval": [0.4, 0.6],
    "precision": 0.45,
    "recall": 0.55,
    "ap": 0.52,
    "brier": 0.0123,
    "ece": 0.0045,
}
POOR = LABEL | {
    "name": "Rods & rings",
    "supported": False,
    "rule": "never",
    "positives": 2,
    "positive_groups": 2,
    "p_value": 1.0,
    "f1_interval": [None, None],
    "ap": None,
    "calibration": {"kind": "none"},
    "learners": {},
}
FACTS = {
    "hpa_feat": "0.1.0",
    "libraries": {"lightgbm": "4.7.0"},
    "labels": [LABEL, POOR],
    "features": [{}] * 1234,
    "training": {"without": ["Acquisition"]},
    "learner": {
        "num_leaves": 15,
        "max_bin": 31,
        "feature_fraction": 0.2,
        "learning_rate": 0.05,
        "seed": 0,
    },
    "data": {"rows": 5000, "groups": 900, "folds": 5, "group": "Gene", "digest": "abc"},
    "report": {
        "kind": "cross-fitted",
        "macro_f1": 0.4321,
        "macro_f1_interval": [0.4, 0.46],
        "macro_f1_all_labels": 0.3,
        "mean_ap": 0.5,
        "bootstrap": 2000,
    },
    "novelty": {"group_rows": 2.0},
    "warnings": ["Only few groups."],
    "dropped": {"constant": [f"c{index}" for index in range(25)], "identical": []},
}


def test_the_card_carries_every_fact_that_a_reader_needs():
    card = model_card(FACTS)
    for words in (
        "`abc`",
        "900 (Gene), in 5 folds",
        "1,234",
        "Macro F1, cross-fitted**: 0.432 (95 % interval [0.400, 0.460], 2,000 bootstrap samples",
        "Golgi \\| apparatus | 1,200 | 300 | 0.500 [0.400, 0.600]",
        "| platt | 0.012 | 0.004 | boosting 40 %, kernel 60 % |",
        "Rods & rings: 2 rows in 2 groups, p = 1.000; never predicted",
        "**Constant**: 25: `c0`",
        "and 5 more",
        "**Blocks excluded on request**: Acquisition",
        "- Only few groups.",
    ):
        assert words in card


def test_a_card_without_trouble_has_no_list_of_poor_labels():
    card = model_card(FACTS | {"labels": [LABEL], "warnings": []})
    assert "cannot be learned from" not in card
    assert card.endswith("## Warnings\n\nNone.\n")


def test_labels_that_look_at_one_another_say_so():
    assert "**Stacking**" in model_card(FACTS | {"training": {"stack": True}})
    assert "**Stacking**" not in model_card(FACTS | {"training": {"stack": False}})


def test_a_search_is_told_fold_by_fold():
    tuned = [
        {
            "changed": {"num_leaves": 7, "lambda_l2": 0.123456, "extra_trees": True},
            "loss": 0.25,
            "default_loss": 0.3,
        },
        {"changed": {}, "loss": None, "default_loss": None},
    ]
    card = model_card(FACTS | {"tuned": tuned, "training": {"tune": 20}})
    assert "**Search**: in each training part 20 sets of parameters were tried" in card
    assert (
        "  - fold 0: num_leaves 7, lambda_l2 0.123, extra_trees True; log loss 0.300 → 0.250"
        in card
    )
    assert "  - fold 1: unchanged; log loss – → –" in card
