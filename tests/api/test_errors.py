"""Each mistake is one error with what was got, what was wanted, and what to type in Python."""

from __future__ import annotations

import numpy as np
import pytest

import hpa_features as hf
from hpa_features.api.python_words import in_python

PLANE = np.arange(64 * 48, dtype=np.uint16).reshape(64, 48)
FIELD = hf.make_field(PLANE, PLANE, PLANE, PLANE, 0.32)
OTHER = hf.make_field(PLANE, PLANE, PLANE, PLANE, 0.32, field_id="other")
CELLS = np.ones((64, 48), np.int32)


def make(dna=PLANE, protein=PLANE, size=0.32, **more):
    return hf.make_field(dna, PLANE, PLANE, protein, size, **more)


MISTAKES = {
    "no pixel size": (lambda: make(size=None), "pixel_size_um is missing", "pixel_size_um=0.08"),
    "nm": (lambda: make(size=80), "0.005 to 10 µm, got 80", "80 nm are 0.08"),
    "nan": (lambda: make(size=float("nan")), "got nan", "0.08"),
    "missing": (lambda: make(dna=None), "dna is None", "Only er may be None"),
    "shapes": (lambda: make(PLANE[:10]), "dna (10, 48), microtubules (64, 48)", "four channels"),
    "signed": (lambda: make(PLANE.astype(np.int64)), "dna array holds int64", ".astype(np.uint16)"),
    "bool": (lambda: make(PLANE > 3), "holds bool values", "uint8 or uint16"),
    "float": (lambda: make(PLANE * 1.0), "floats from 0 to 3071", "float_range=(0, 3071)"),
    "NaN": (lambda: make(np.full((4, 4), np.nan)), "NaN or infinity in 16 of 16", "Replace them"),
    "12 of 16": (lambda: make(bit_depth=8), "up to 3,071", "bit_depth=12"),
    "colours": (lambda: make(np.stack([PLANE] * 3, -1)), "shape (64, 48, 3)", "image[..., 0]"),
    "masked": (lambda: make(np.ma.masked_less(PLANE, 9)), "has masked pixels", ".filled(0)"),
    "empty": (lambda: make(PLANE[:0]), "shape (0, 48)", "one plane"),
    "mixed": (lambda: make("dna.png"), "dna is a path and microtubules is not", "all channels"),
    "no file": (lambda: hf.make_field(*["no.png"] * 4, 0.3), "no.png", "Check the path"),
    "no folder": (lambda: hf.read_fields("nowhere"), "nowhere", ""),
    "segmenter": (lambda: hf.segment(FIELD, "cellpose3"), "'cellpose3'", "watershed"),
    "no masks": (lambda: hf.segment(FIELD, "precomputed"), "no given masks", "masks"),
    "not fields": (lambda: hf.segment([PLANE]), "got ndarray", "make_field"),
    "none": (lambda: hf.measure([]), "There are no fields", ""),
    "jobs": (lambda: hf.measure(FIELD, jobs=0), "jobs must be at least 1, got 0", ""),
    "grid": (lambda: hf.measure(FIELD, grid_um=0), "grid_um must be above 0", ""),
    "bits": (lambda: make(bit_depth=17), "bit_depth must be 1 to 16, got 17", ""),
    "range": (lambda: make(float_range=(1, 0)), "low below high, got (1, 0)", ""),
    "level": (lambda: hf.measure(FIELD, level="cell"), "image or cells, got 'cell'", ""),
    "family": (lambda: hf.measure(FIELD, (CELLS, CELLS), "Texure"), "Texure", "Texture"),
    "one id": (lambda: hf.measure([FIELD, FIELD]), "2 fields are named 'field'", "field_id="),
    "too few": (lambda: hf.measure([FIELD, OTHER], [(CELLS, CELLS)]), "2 fields and 1", "order"),
    "a mask alone": (lambda: hf.measure([FIELD], [CELLS]), "got ndarray", "(cells, None)"),
    "two masks": (lambda: hf.measure([FIELD, OTHER], (CELLS, CELLS)), "got ndarray", "(cells, "),
    "mask's shape": (lambda: hf.measure(FIELD, (CELLS[:9], CELLS)), "(9, 48)", "shape of its"),
    "mask's type": (lambda: hf.measure(FIELD, (CELLS * 1.0, CELLS)), "float64", "np.int32"),
    "negative": (lambda: hf.measure(FIELD, (-CELLS, CELLS)), "labels from -1", "0 outside"),
    "one label": (
        lambda: hf.measure(FIELD, (np.eye(64, 48)[:, ::-1] * 0 + (PLANE % 7 == 0), None)),
        "float64",
        "integer",
    ),
    "table": (lambda: hf.train("nowhere.parquet", "labels.csv"), "nowhere.parquet", "path"),
    "model": (lambda: hf.load_model("nowhere"), "nowhere", ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.filterwarnings("ignore::hpa_features.core.errors.HpaFeatWarning")
def test_a_mistake_is_one_clear_error(mistake):
    call, told, remedy = MISTAKES[mistake]
    with pytest.raises(hf.HpaFeatError) as caught:
        call()
    assert told in caught.value.message
    assert remedy in str(caught.value)
    assert "--" not in str(caught.value)


def test_the_error_names_the_field():
    with pytest.raises(hf.HpaFeatError, match="Field other: the cells array has shape"):
        hf.measure([OTHER], [(CELLS[:9], CELLS)])


def test_separate_cells_of_one_label_are_refused():
    labels = np.zeros((64, 48), np.int32)
    labels[4:10, 4:10] = labels[30:40, 30:40] = 1
    with pytest.raises(hf.HpaFeatError, match=r"1 of 1 labels in several .*skimage.measure.label"):
        hf.measure(FIELD, (labels, None))


def test_a_field_that_cannot_be_read_is_excluded_with_a_warning(study, tmp_path):
    for each in (0, 1):
        for colour in ("blue", "red", "yellow", "green"):
            name = f"{study.fields[each].id}_{colour}.png"
            (tmp_path / name).write_bytes((study.folder / name).read_bytes())
    bad = tmp_path / f"{study.fields[0].id}_red.png"
    bad.write_bytes(bad.read_bytes()[:200])
    with pytest.warns(hf.HpaFeatWarning, match=f"{study.fields[0].id} is excluded: .*{bad.name}"):
        fields = hf.read_fields(tmp_path, pixel_size_um=0.32)
    assert [field.id for field in fields] == [study.fields[1].id]
    (tmp_path / f"{study.fields[1].id}_green.png").write_bytes(b"")
    with pytest.raises(hf.HpaFeatError, match=r"None of 2 fields can be read\. The first"):
        hf.read_fields(tmp_path, pixel_size_um=0.32)


def test_a_warning_points_to_the_line_of_the_caller(study):
    blank = np.zeros((64, 64), np.uint8)
    field = hf.make_field(blank, blank, blank, blank, 0.32)
    with pytest.warns(hf.HpaFeatWarning, match="no cells in 1 field") as caught:
        table = hf.measure(field, features="AreaShape")
    assert caught[0].filename == __file__
    assert table["Metadata_CellCount"].tolist() == [0]
    assert table.filter(like="AreaShape").isna().all(axis=None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Try --bit-depth 12.", "Try bit_depth=12."),
        ("for example --float-range 0 4095; or", "for example float_range=(0, 4095); or"),
        ("Give it with --pixel-size-um.", "Give it with pixel_size_um."),
        ("--group none takes each", 'groups="none" takes each'),
        ("Name another with --group COLUMN.", 'Name another with groups="COLUMN".'),
        ("or --groups-file CSV", "or groups={id: group}"),
        ("a - b -- c", "a - b -- c"),
        ("hpa-feat extract … --features AreaShape", "hpa-feat extract … --features AreaShape"),
    ],
)
def test_options_become_arguments(text, expected):
    assert in_python(text) == expected
