from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import ExtractSettings, InputSettings
from hpa_features.core.shard import Shard
from hpa_features.core.stored_settings import result_settings
from hpa_features.io.atomic import replacing, writing_shard
from hpa_features.io.store.failures import read_failures
from hpa_features.io.store.folder import Store
from hpa_features.io.store.journal import Entry, inputs_of, read_journal
from hpa_features.io.store.opening import open_store
from hpa_features.io.store.ordered import rows_in_order
from hpa_features.io.store.parts import write_part
from hpa_features.io.store.run_file import describe_run, describe_schema, read_run
from hpa_features.running.parts import part_name

RUN = describe_run("extract", result_settings(ExtractSettings()), jobs=1)


class Images:
    """Input files by field, one each."""

    def __init__(self, folder: Path, ids: str) -> None:
        self.folder = folder
        self.ids = list(ids)
        for field_id in ids:
            self.path(field_id).write_text("first")

    def path(self, field_id: str) -> Path:
        return self.folder / f"{field_id}.png"

    @property
    def inputs(self):
        return {each: inputs_of([str(self.path(each))], 0.32) for each in self.ids}


@pytest.fixture
def images(tmp_path):
    return Images(tmp_path, "abcd")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def finish(store: Store, images: Images, name: str, ids: str) -> None:
    """Pretend that a part of these fields was done: two cells each."""
    rows = {
        "cells": pa.table({"Metadata_Id": [each for each in ids for _ in "xx"]}),
        "images": pa.table({"Metadata_Id": list(ids)}),
    }
    outputs = write_part(store.folder, name, rows)
    inputs = images.inputs
    store.record([Entry(each, inputs[each], outputs, len(ids), cells=2) for each in ids])


def finish_all(out: Path, images: Images) -> None:
    with open_store(out, RUN) as store:
        assert store.reconcile(images.inputs) == ["a", "b", "c", "d"]
        finish(store, images, "part-1", "ab")
        finish(store, images, "part-2", "dc")


def left(out: Path, images: Images, **options: bool) -> list[str]:
    with open_store(out, RUN) as store:
        return store.reconcile(images.inputs, **options)


def test_what_is_done_is_not_done_again(out, images):
    finish_all(out, images)
    assert left(out, images) == []


def test_new_fields_are_added_and_others_stay(out, images):
    finish_all(out, images)
    images.ids = ["e", "a"]
    images.path("e").write_text("new")
    assert left(out, images) == ["e"]
    assert set(read_journal(out / "journal-0.jsonl")) == set("abcd")


@pytest.mark.parametrize("level", ["cells", "images"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_part_that_is_not_whole_is_done_again(out, images, level, damage):
    finish_all(out, images)
    part = out / level / "part-1.parquet"
    if damage == "cut":
        part.write_bytes(part.read_bytes()[:-7])
    else:
        part.unlink()
    assert left(out, images) == ["a", "b"]
    assert [path.name for path in out.rglob("part-*")] == ["part-2.parquet"] * 2


def test_a_changed_input_takes_its_whole_part_with_it(out, images):
    finish_all(out, images)
    images.path("b").write_text("second")
    assert left(out, images) == ["a", "b"]


def test_a_changed_pixel_size_is_a_changed_input(out, images):
    finish_all(out, images)
    inputs = images.inputs | {"c": inputs_of([str(images.path("c"))], 0.16)}
    with open_store(out, RUN) as store:
        assert store.reconcile(inputs) == ["c", "d"]


def test_a_journal_cut_short_costs_its_last_part(out, images):
    finish_all(out, images)
    journal = out / "journal-0.jsonl"
    journal.write_text(journal.read_text()[:-20])
    assert left(out, images) == ["c", "d"]


@pytest.mark.parametrize("line", ["[]", "{}", "7", '{"id": 1, "inputs": [], "outputs": 3}'])
def test_lines_that_are_no_entries_are_passed_over(out, images, line):
    finish_all(out, images)
    journal = out / "journal-0.jsonl"
    journal.write_text(line + "\n" + journal.read_text())
    assert left(out, images) == []


def test_parts_and_half_files_without_a_line_are_swept_away(out, images):
    finish_all(out, images)
    (out / "images" / "part-9.parquet").write_text("finished, but the run was killed then")
    (out / "cells" / ".unfinished-17-part-9.parquet").write_text("ha")
    (out / "notes.txt").write_text("the user's own")
    left(out, images)
    assert not list(out.rglob("*part-9*"))
    assert (out / "notes.txt").exists()


def test_a_shard_removes_only_what_it_left_itself(out, images):
    with open_store(out, RUN, shard=Shard(1, 4)):
        pass
    left_by = {}
    for shard in (1, 3):
        with writing_shard(shard):
            name = part_name([f"of shard {shard}"])
            left_by[shard] = [
                out / "images" / f"{name}.parquet",
                half_written(out / "cells" / f"{name}.parquet"),
                half_written(out / "f_cells.png"),
            ]
        left_by[shard][0].parent.mkdir(exist_ok=True)
        left_by[shard][0].write_text("whole, but in no journal")
    with open_store(out, RUN, shard=Shard(3, 4)) as store:
        store.reconcile({})
    assert not any(path.exists() for path in left_by[3])
    assert all(path.exists() for path in left_by[1])
    with open_store(out, RUN) as store:
        store.reconcile({})
    assert not any(path.exists() for path in left_by[1])


def half_written(path: Path) -> Path:
    """Return the temporary file that a writer of `path` left when it was killed."""
    with replacing(path) as temporary:
        temporary.write_text("ha")
    path.rename(temporary)
    return temporary


def test_failed_fields_wait_for_new_files_or_an_order(out, images):
    failure = Failure("a", "a.png", "read", "cut short", "Fetch it again.")
    with open_store(out, RUN) as store:
        store.reconcile(images.inputs)
        store.record([Entry("a", images.inputs["a"], failure=failure)])
        finish(store, images, "part-1", "bcd")
        store.write_failures([Failure("z", "", "find", "red is missing", "")])
    assert [row.id for row in read_failures(out / "failures.csv")] == ["z", "a"]
    assert left(out, images) == []
    assert left(out, images, retry_failed=True) == ["a"]
    with open_store(out, RUN) as store:
        store.record([Entry("a", images.inputs["a"], failure=failure)])
    images.path("a").write_text("mended")
    assert left(out, images) == ["a"]


def test_other_settings_are_refused_and_shown(out, images):
    finish_all(out, images)
    settings = ExtractSettings(grid_um=0.48, input=InputSettings(bit_depth=12))
    other = describe_run("extract", result_settings(settings), jobs=1)
    with pytest.raises(UsageError) as caught, open_store(out, other):
        pass
    assert "grid_um: 0.32 there, 0.48 now" in caught.value.message
    assert "input.bit_depth: null there, 12 now" in caught.value.message
    assert "--overwrite" in caught.value.hint
    with pytest.raises(UsageError, match="command"), open_store(out, RUN | {"verb": "segment"}):
        pass


def test_jobs_and_machine_do_not_matter(out, images):
    finish_all(out, images)
    with open_store(out, describe_run("extract", RUN["settings"], jobs=8)) as store:
        assert store.reconcile(images.inputs) == []


def test_overwrite_removes_results_and_nothing_else(out, images):
    finish_all(out, images)
    (out / "notes.txt").write_text("the user's own")
    with open_store(out, RUN | {"settings": {}}, overwrite=True) as store:
        assert store.reconcile(images.inputs) == ["a", "b", "c", "d"]
    assert not list(out.rglob("part-*"))
    assert (out / "notes.txt").exists()


def test_a_second_run_is_kept_out(out):
    with (
        open_store(out, RUN),
        pytest.raises(DataError, match="Another run"),
        open_store(out, RUN),
    ):
        pass


def test_a_damaged_run_file_names_the_way_out(out):
    out.mkdir()
    (out / "run.json").write_text("{")
    with pytest.raises(UsageError, match=r"run\.json") as caught, open_store(out, RUN):
        pass
    assert "--overwrite" in caught.value.hint
    with open_store(out, RUN, overwrite=True):
        assert read_run(out)["verb"] == "extract"


def test_the_run_file_says_what_was_run_on_what(out):
    with open_store(out, RUN):
        pass
    run = read_run(out)
    assert run["verb"] == "extract"
    assert run["settings"]["grid_um"] == 0.32
    assert run["run"] == {"jobs": 1}
    assert run["versions"]["numpy"]
    assert run["machine"]["cores"] >= 1


def test_the_schema_file_carries_what_columns_mean():
    facts = {b"hpa_feat": json.dumps({"unit": "µm"}).encode()}
    schema = pa.schema(
        [pa.field("Metadata_Id", pa.string()), pa.field("x", pa.float32(), True, facts)]
    )
    assert describe_schema({"cells": schema}) == {
        "cells": [
            {"name": "Metadata_Id", "type": "string"},
            {"name": "x", "type": "float", "unit": "µm"},
        ]
    }


def test_rows_come_in_the_order_asked_for(out, images):
    finish_all(out, images)
    with open_store(out, RUN) as store:
        for level, copies in (("images", 1), ("cells", 2)):
            tables = list(rows_in_order(out, level, store.entries, ["c", "z", "d", "b", "a"]))
            got = pa.concat_tables(tables)["Metadata_Id"].to_pylist()
            assert got == [each for each in "cdba" for _ in range(copies)]
