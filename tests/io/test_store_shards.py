"""Several runs that share the fields of one folder, at once and one after the other."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpa_features.core.errors import DataError, UsageError
from hpa_features.core.failures import Failure
from hpa_features.core.settings import ExtractSettings
from hpa_features.core.shard import WHOLE, Shard, parse_shard, share_of
from hpa_features.core.stored_settings import result_settings
from hpa_features.io.store import opening
from hpa_features.io.store.failures import read_failures
from hpa_features.io.store.folder import Store
from hpa_features.io.store.journal import Entry, inputs_of, read_journal
from hpa_features.io.store.opening import open_store, running_shards
from hpa_features.io.store.parts import write_part
from hpa_features.io.store.run_file import describe_run, read_run
from hpa_features.running.parts import part_name

RUN = describe_run("extract", result_settings(ExtractSettings()), jobs=1)
IDS = tuple("abcdefghijkl")


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    """Locks are held by this process: none becomes free while it waits."""
    monkeypatch.setattr(opening, "_TURN_S", 0.05)
    monkeypatch.setattr(opening, "_GLANCE_S", 0.05)


@pytest.fixture
def images(tmp_path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for field_id in IDS:
        (folder / field_id).write_text("first")
    return folder


def inputs(images: Path, shard: Shard = WHOLE):
    return {each: inputs_of([str(images / each)]) for each in IDS if shard.holds(each)}


def do(store: Store, images: Path, fails: str = "") -> list[str]:
    """Do what a store lacks, a part for every two fields, and return which fields these were."""
    now = inputs(images, store.shard)
    left = store.reconcile(now)
    for at in range(0, len(left), 2):
        ids = [each for each in left[at : at + 2] if each not in fails]
        rows = {"images": pa.table({"Metadata_Id": ids, "by": [store.shard.number] * len(ids)})}
        outputs = write_part(store.folder, part_name(ids), rows) if ids else ()
        store.record([Entry(each, now[each], outputs, len(ids)) for each in ids])
    why = Failure("", "", "read", "cut short", "")
    store.record([Entry(each, now[each], failure=why) for each in left if each in fails])
    store.write_failures([])
    return left


def run(out: Path, images: Path, shard: Shard = WHOLE, **more: str) -> list[str]:
    with open_store(out, RUN, shard=shard) as store:
        return do(store, images, **more)


def rows(out: Path) -> list[str]:
    return sorted(pq.read_table(out / "images")["Metadata_Id"].to_pylist())


@given(st.text(), st.integers(1, 500))
def test_every_field_is_in_exactly_one_shard(field_id, of):
    holding = [number for number in range(1, of + 1) if Shard(number, of).holds(field_id)]
    assert holding == [share_of(field_id, of)]
    assert WHOLE.holds(field_id)


def test_shards_get_about_the_same_number_of_fields():
    counts = [sum(Shard(k, 8).holds(f"field {n}") for n in range(4000)) for k in range(1, 9)]
    assert min(counts) > 440
    assert max(counts) < 560


@pytest.mark.parametrize("text", ["0/8", "9/8", "3", "3/", "a/b", "-1/8", "1/0", "1/9999999"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(UsageError, match="wanted I/N"):
        parse_shard(text)
    assert parse_shard(" 3/8 ") == Shard(3, 8)


def test_shards_side_by_side_do_every_field_once(tmp_path, images):
    out = tmp_path / "out"
    shards = [Shard(k, 3) for k in (1, 2, 3)]
    with ExitStack() as held:
        stores = [held.enter_context(open_store(out, RUN, shard=shard)) for shard in shards]
        assert running_shards(out) == {1, 2, 3}
        done = [each for store in stores for each in do(store, images)]
    assert sorted(done) == rows(out) == sorted(IDS)
    assert running_shards(out) == set()
    assert read_run(out)["run"]["shards"] == 3


def test_a_shard_that_runs_is_not_started_again(tmp_path, images):
    out = tmp_path / "out"
    with open_store(out, RUN, shard=Shard(1, 3)) as store:
        with pytest.raises(DataError, match=r"Shard 1/3 of .* is running already"):
            run(out, images, Shard(1, 3))
        do(store, images)
        run(out, images, Shard(2, 3))
    assert run(out, images, Shard(1, 3)) == []


def test_an_undivided_run_and_shards_keep_each_other_out(tmp_path, images):
    out = tmp_path / "out"
    with (
        open_store(out, RUN, shard=Shard(2, 3)),
        pytest.raises(DataError, match="Shard 2 of another run"),
    ):
        run(out, images)
    with open_store(out, RUN), pytest.raises(DataError, match="Another run"):
        run(out, images, Shard(2, 3))


def test_a_folder_is_not_divided_otherwise_while_a_shard_runs(tmp_path, images):
    out = tmp_path / "out"
    with open_store(out, RUN, shard=Shard(1, 3)), pytest.raises(DataError, match="Shard 1"):
        run(out, images, Shard(2, 4))
    assert read_run(out)["run"]["shards"] == 3


def test_an_undivided_run_completes_what_shards_left_and_holds_it_then(tmp_path, images):
    out = tmp_path / "out"
    done = run(out, images, Shard(1, 3)) + run(out, images, Shard(2, 3))
    assert sorted(run(out, images)) == sorted(set(IDS) - set(done))
    assert rows(out) == sorted(IDS)
    assert set(read_journal(out / "journal-0.jsonl")) == set(IDS)
    assert [path.name for path in out.glob("journal-*")] == ["journal-0.jsonl"]
    assert "shards" not in read_run(out)["run"]
    # The parts of shards stay theirs by name, and are swept away by none of them.
    assert run(out, images, Shard(1, 3)) == run(out, images) == []
    assert rows(out) == sorted(IDS)


@pytest.mark.parametrize("first", [WHOLE, Shard(1, 2), Shard(2, 5)])
def test_a_folder_may_be_divided_otherwise_later(tmp_path, images, first):
    out = tmp_path / "out"
    done = run(out, images, first)
    for number in range(1, 5):
        done += run(out, images, Shard(number, 4))
    assert sorted(done) == rows(out) == sorted(IDS)


def test_only_an_undivided_run_replaces_what_another_division_did(tmp_path, images):
    out = tmp_path / "out"
    run(out, images)
    (images / "a").write_text("second")
    shard = Shard(share_of("a", 3), 3)
    with pytest.raises(DataError, match=r"out: a changed or damaged") as caught:
        run(out, images, shard)
    assert "without --shard" in caught.value.hint
    assert "a" in run(out, images)
    assert run(out, images, shard) == []
    assert rows(out) == sorted(IDS)


def test_failures_of_all_shards_are_listed_and_mended_by_any_division(tmp_path, images):
    out = tmp_path / "out"
    for number in (1, 2, 3):
        run(out, images, Shard(number, 3), fails="bk")
    assert len(read_failures(out / "failures.csv")) == 2
    for field_id in "bk":
        (images / field_id).write_text("mended")
    assert sorted(run(out, images, Shard(1, 1))) == ["b", "k"]
    assert read_failures(out / "failures.csv") == ()
    assert rows(out) == sorted(IDS)


def test_a_shard_killed_before_its_journal_line_leaves_nothing_behind(tmp_path, images):
    out, shard = tmp_path / "out", Shard(1, 3)
    run(out, images, shard)
    run(out, images, Shard(2, 3))
    journal = out / "journal-1.jsonl"
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:20])
    again = run(out, images, shard)
    assert json.loads(lines[-1])["id"] in again
    assert sorted({*rows(out)}) == rows(out)
