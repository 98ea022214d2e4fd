"""What a run keeps of its settings: all of them, with the segmenter that `auto` meant."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from image_files import COLOURS
from listener import Listener
from made_fields import write_fields
from wider_settings import WiderAudit, WiderExtract, WiderField, WiderSegment

from hpa_features.core.errors import UsageError
from hpa_features.core.progress import SILENT
from hpa_features.core.settings import (
    ExtractSettings,
    InputSettings,
    SegmenterName,
    SegmentSettings,
)
from hpa_features.io.store.journal import read_journal
from hpa_features.io.tables import read_features
from hpa_features.pipeline import audit_fields
from hpa_features.pipeline.extract import extract, extract_table
from hpa_features.pipeline.segment import segment
from hpa_features.segmentation import segmenter
from hpa_features.segmentation.segmenter import NOT_GIVEN

QUICK = {
    "input": InputSettings(pixel_size_um=0.32),
    "segmenter": SegmenterName.WHOLE_FIELD,
}
AUTO = ExtractSettings(input=QUICK["input"], families=("Intensity",))


def extracted(images, out, **more):
    extract(images, out, WiderExtract(**QUICK, families=("Intensity",), **more))


def segmented(images, out, **more):
    segment(images, out, WiderSegment(**QUICK, **more))


def audited(images, out, **more):
    wider = WiderAudit(input=QUICK["input"], **more)
    audit_fields.read_side(images, Path(out), wider, SILENT)


VERBS = {"extract": extracted, "segment": segmented, "audit": audited}


@pytest.fixture(scope="module")
def fields(tmp_path_factory) -> Path:
    """Three fields in ``images``, their masks in ``masks``, and manifests that name some."""
    folder = tmp_path_factory.mktemp("fields")
    write_fields(folder, 3)
    header = "Id,blue,red,yellow,green,cells,nuclei"
    for given in ("", "0", "02", "012"):
        rows = [_manifest_row(f"f{seed}", given=str(seed) in given) for seed in range(3)]
        only = [row for row in rows if row[1] in given]
        for name, lines in (("given", rows), ("only", only)):
            text = "\n".join([header, *lines])
            (folder / f"{name}{given}.csv").write_text(text, encoding="utf-8")
    return folder


def _manifest_row(name: str, *, given: bool) -> str:
    masks = [f"masks/{name}_{kind}.png" if given else "" for kind in ("cells", "nuclei")]
    return ",".join([name, *(f"images/{name}_{colour}.png" for colour in COLOURS), *masks])


def kept(out) -> dict:
    return json.loads((Path(out) / "run.json").read_text(encoding="utf-8"))["settings"]


def keep(out, settings) -> None:
    path = Path(out) / "run.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(run | {"settings": settings}), encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_a_new_setting_is_kept_and_compared_without_another_change(
    verb, fields, tmp_path, monkeypatch
):
    monkeypatch.setattr(audit_fields, "FieldSettings", WiderField)
    run, images, out = VERBS[verb], str(fields / "images"), str(tmp_path / "out")
    run(images, out, zoom=2)
    assert kept(out)["zoom"] == 2
    run(images, out, zoom=2, retry_failed=True)
    with pytest.raises(UsageError, match="zoom: 2 there, 3 now") as caught:
        run(images, out, zoom=3)
    assert "--overwrite" in caught.value.hint
    with pytest.raises(UsageError, match="zoom: 2 there, 1 now"):
        run(images, out)


@pytest.mark.parametrize("verb", VERBS)
def test_a_setting_that_an_older_run_lacks_has_its_default(verb, fields, tmp_path, monkeypatch):
    monkeypatch.setattr(audit_fields, "FieldSettings", WiderField)
    run, images, out = VERBS[verb], str(fields / "images"), str(tmp_path / "out")
    run(images, out)
    older = kept(out)
    del older["zoom"], older["input"]["bit_depth"]
    keep(out, older)
    run(images, out)
    with pytest.raises(UsageError, match="zoom: 1 there, 2 now"):
        run(images, out, zoom=2)
    keep(out, older | {"tilt": 5})
    with pytest.raises(UsageError, match="tilt: 5 there, no such setting now"):
        run(images, out)


@pytest.mark.parametrize("content", ["[1]", "{}", '{"settings": 3}', "no json"])
def test_a_run_file_that_describes_no_run_is_named(content, fields, tmp_path):
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"run\.json") as caught:
        extract(str(fields / "images"), str(tmp_path), AUTO)
    assert "--overwrite" in caught.value.hint


def test_a_run_from_before_segmenters_had_digests_goes_on(fields, tmp_path, monkeypatch):
    monkeypatch.setattr(segmenter, "VERSION", 1)  # runs without a digest are of that version
    images, out = str(fields / "images"), str(tmp_path / "out")
    extract(images, out, AUTO)
    older = kept(out) | {"segmenter": "auto"}
    assert len(older.pop("segmenter_digest")) == 64
    keep(out, older)
    assert extract(images, out, AUTO).fields == 3
    keep(out, older | {"segmenter_digest": "1" * 64})
    with pytest.raises(UsageError, match='segmenter_digest: "1111'):
        extract(images, out, AUTO)


@pytest.mark.parametrize(
    ("given", "meant"),
    [("", "watershed"), ("02", "precomputed-or-watershed"), ("012", "precomputed")],
)
def test_auto_is_resolved_by_which_fields_have_masks_and_never_kept(given, meant, fields, tmp_path):
    manifest, out = str(fields / f"given{given}.csv"), tmp_path / "out"
    extract(manifest, str(out), AUTO)
    assert kept(out)["segmenter"] == meant
    assert read_features(str(out)).settings["segmenter"] == meant
    assert '"auto"' not in (out / "run.json").read_text(encoding="utf-8")
    found = {name for name, each in entries(out).items() if NOT_GIVEN in each.notes}
    assert found == ({"f1"} if meant == "precomputed-or-watershed" else set())
    # The choice is each field's own: the rows are those of the segmenter that was meant for it.
    whole = pq.read_table(out / "images").sort_by("Metadata_Id")
    for seed in range(3):
        name = "precomputed" if str(seed) in given else "watershed"
        own = ExtractSettings(input=AUTO.input, families=AUTO.families, segmenter=name)
        manifest = str(fields / ("given012.csv" if name == "precomputed" else "given.csv"))
        assert extract_table(manifest, own).table.slice(seed, 1).equals(whole.slice(seed, 1))


def entries(out):
    return read_journal(out / "journal-0.jsonl")


def test_a_folder_of_masks_is_for_all_fields(fields, tmp_path):
    masks = InputSettings(pixel_size_um=0.32, masks=str(fields / "masks"))
    segment(str(fields / "images"), str(tmp_path), SegmentSettings(input=masks))
    assert kept(tmp_path)["segmenter"] == "precomputed"


def test_auto_means_what_the_folder_was_begun_with_where_that_fits(fields, tmp_path):
    out = str(tmp_path / "out")
    extract(str(fields / "given02.csv"), out, AUTO)
    assert extract(str(fields / "only02.csv"), out, AUTO).fields == 2
    assert extract(str(fields / "given02.csv"), out, AUTO).fields == 3
    given = str(tmp_path / "given")
    extract(str(fields / "only0.csv"), given, AUTO)
    assert extract(str(fields / "given012.csv"), given, AUTO).fields == 3
    with pytest.raises(UsageError, match='"precomputed" there, "precomputed-or-watershed" now'):
        extract(str(fields / "given02.csv"), given, AUTO)


def test_masks_that_the_segmenter_does_not_take_are_reported(fields, tmp_path):
    heard = Listener()
    masks = InputSettings(pixel_size_um=0.32, masks=str(fields / "masks"))
    asked = SegmentSettings(input=masks, segmenter=SegmenterName.WHOLE_FIELD)
    segment(str(fields / "images"), str(tmp_path), asked, heard)
    [warning] = [each for each in heard.warnings if "not used" in each]
    assert "whole-field" in warning
