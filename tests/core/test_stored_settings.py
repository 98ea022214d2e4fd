"""Settings as plain data and back, whatever fields they have."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hpa_features.core import settings as verbs
from hpa_features.core.run_only import run_only
from hpa_features.core.settings import (
    ExtractSettings,
    FieldSettings,
    InputSettings,
    SegmenterName,
)
from hpa_features.core.simulate_settings import DemoSettings, SimulateSettings
from hpa_features.core.stored_settings import (
    part_of,
    result_settings,
    settings_from,
    with_defaults,
)
from hpa_features.core.train_settings import TrainSettings

KINDS = [
    *(each for name, each in vars(verbs).items() if name.endswith("Settings")),
    DemoSettings,
    SimulateSettings,
    TrainSettings,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    aperture: float = 1.4
    oil: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wider(ExtractSettings):
    """Settings with fields that no other file knows."""

    zoom: int = 1
    lens: Lens = Lens()
    planes: tuple[int, ...] = ()
    device: str = run_only("cpu")


inputs = st.builds(
    InputSettings,
    pixel_size_um=st.none() | st.floats(0.01, 2),
    bit_depth=st.none() | st.integers(1, 16),
    float_range=st.none() | st.tuples(st.floats(-1, 0), st.floats(1, 2)),
    masks=st.text(max_size=5),
)
wider = st.builds(
    Wider,
    input=inputs,
    segmenter=st.sampled_from(SegmenterName),
    families=st.lists(st.text(max_size=4), max_size=3).map(tuple),
    grid_um=st.floats(0.1, 1) | st.just(1),
    zoom=st.integers(),
    lens=st.builds(Lens, aperture=st.floats(0, 2), oil=st.booleans()),
    planes=st.lists(st.integers(), max_size=3).map(tuple),
)


@given(wider)
@settings(max_examples=100)
def test_settings_survive_a_json_file_whole(kept):
    plain = json.loads(json.dumps(result_settings(kept)))
    assert settings_from(Wider, plain) == kept


@pytest.mark.parametrize("kind", KINDS)
def test_every_verbs_settings_survive(kind):
    assert settings_from(kind, json.loads(json.dumps(result_settings(kind())))) == kind()


def test_run_only_settings_are_not_kept():
    kept = Wider(device="gpu", retry_failed=True, input=InputSettings(channel_order="subcell"))
    assert settings_from(Wider, result_settings(kept)) == Wider()


def test_a_missing_setting_takes_its_default_at_any_depth():
    older = {"grid_um": 0.48, "lens": {"oil": False}}
    assert settings_from(Wider, older) == Wider(grid_um=0.48, lens=Lens(oil=False))
    assert with_defaults(older, Wider) == result_settings(Wider(grid_um=0.48, lens=Lens(oil=False)))


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        ({"zooom": 2}, "has no setting zooom"),
        ({"lens": {"diaphragm": 1}}, r"has no setting lens\.diaphragm"),
        ({"retry_failed": True}, "has no setting retry_failed"),
        ({"zoom": "2"}, "zoom must be an integer, got '2'"),
        ({"zoom": True}, "zoom must be an integer"),
        ({"zoom": 1.5}, "zoom must be an integer"),
        ({"zoom": None}, "zoom must be an integer"),
        ({"lens": {"oil": 1}}, r"lens\.oil must be true or false, got '1'"),
        ({"lens": 3}, "lens must be an object"),
        ({"planes": 3}, "planes must be a list"),
        ({"planes": [1, "b"]}, "planes must be an integer, got 'b'"),
        ({"segmenter": "magic"}, "segmenter must be one of auto, .*, got 'magic'"),
        ({"input": {"float_range": [1]}}, r"input\.float_range must be a list of 2"),
        ({"grid_um": "wide"}, "grid_um must be a number"),
    ],
)
def test_what_cannot_be_a_setting_is_refused_by_name(plain, says):
    with pytest.raises(ValueError, match=says):
        settings_from(Wider, plain)


def test_the_part_that_a_base_class_has_is_taken_whole():
    kept = Wider(retry_failed=True, overwrite=True, input=InputSettings(bit_depth=12), zoom=4)
    assert part_of(FieldSettings, kept) == FieldSettings(
        retry_failed=True, overwrite=True, input=InputSettings(bit_depth=12)
    )


def test_every_settings_class_is_frozen():
    assert all(dataclasses.fields(kind) for kind in KINDS)
    assert len({hash(kind()) for kind in KINDS}) == len(KINDS)
