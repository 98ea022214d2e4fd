"""Tables with a row a file, as nf-core/cellpainting's."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from image_files import COLOURS, write_field

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import CHANNELS, Channel
from hpa_features.io.images import read_field
from hpa_features.io.manifest import find_fields

SETTINGS = InputSettings(pixel_size_um=0.3)
HEADER = "path,channel,batch,plate,well,site"
STAINS = dict(zip(COLOURS, ("DNA", "tubulin", "ER", "GFP"), strict=True))


def rows(field="f", key="b1,p1,A01,1", stains=STAINS):
    return [f"{field}_{colour}.png,{stain},{key}" for colour, stain in stains.items()]


def found(folder, lines, settings=SETTINGS, header=HEADER):
    path = folder / "samplesheet.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return find_fields(str(path), settings)


def test_the_rows_of_one_site_are_a_field_whatever_their_order(tmp_path):
    manifest = found(tmp_path, [*rows()[::-1], *rows("g", "b1,p1,A01,2")])
    assert [each.id for each in manifest.sources] == ["b1_p1_A01_1", "b1_p1_A01_2"]
    first = manifest.sources[0]
    assert first.metadata == {"Batch": "b1", "Plate": "p1", "Well": "A01", "Field": "1"}
    assert {c: Path(f).name for c, f in first.files.items()} == {
        channel: f"f_{channel.colour}.png" for channel in CHANNELS
    }
    assert "DNA is 'DNA', Microtubules is 'tubulin'" in manifest.notes[0]
    assert "--channel-order" in manifest.notes[0]


def test_staged_links_are_read(tmp_path):
    """Nextflow links a task's files into its folder, next to the table."""
    planes = write_field(tmp_path / "far" / "away", "f")
    task = tmp_path / "task"
    task.mkdir()
    for colour in COLOURS:
        (task / f"f_{colour}.png").symlink_to(tmp_path / "far" / "away" / f"f_{colour}.png")
    [source] = found(task, rows(), header=HEADER).sources
    field = read_field(replace(source, pixel_size_um=0.3), SETTINGS)
    assert (field.planes[Channel.PROTEIN] == planes["green"]).all()


def test_stains_that_are_not_channels_and_other_columns_are_left(tmp_path):
    lines = [f"{each},S4,7" for each in (*rows(), "f_m.png,Mito,b1,p1,A01,1")]
    manifest = found(tmp_path, lines, header=f"{HEADER},source,Metadata_Row")
    [source] = manifest.sources
    assert len(source.files) == 4
    assert source.metadata["Row"] == "7"
    assert any("column ignored: source" in note for note in manifest.notes)


def test_the_option_states_what_channels_are_called(tmp_path):
    stains = dict(zip(COLOURS, ("DNA", "AGP", "ER", "RNA"), strict=True))
    with pytest.raises(UsageError, match="Microtubules and Protein are not among them"):
        found(tmp_path, rows(stains=stains))
    settings = InputSettings(channel_order="dna,agp,er,rna")
    assert set(found(tmp_path, rows(stains=stains), settings).sources[0].files) == set(CHANNELS)


def test_a_site_that_lacks_a_channel_fails_alone(tmp_path):
    manifest = found(tmp_path, [*rows(), *rows("g", "b1,p1,A01,2")[:3]])
    assert len(manifest.sources) == 1
    assert [(each.id, each.error) for each in manifest.failures] == [
        ("b1_p1_A01_2", "channel missing: green.")
    ]


def test_it_is_read_from_stdin():
    text = "\n".join([HEADER.upper(), *rows()])
    [source] = find_fields("-", SETTINGS, stdin=io.BytesIO(text.encode())).sources
    assert source.files[Channel.DNA] == "f_blue.png"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([*rows(), "again.png,DNA,b1,p1,A01,1"], "row 6: b1_p1_A01_1 has a second file for DNA"),
        ([*rows(key="a,b_c,A1,1"), *rows("g", "a_b,c,A1,1")], "both give the Id a_b_c_A1_1"),
        (rows(stains=STAINS | {"green": "Hoechst"}), "not clear which is DNA"),
        (rows(key="../b,p,A1,1"), "cannot be part of a file name"),
        (rows(key=",,,"), "the Id is empty"),
    ],
)
def test_what_cannot_be_is_a_usage_error(tmp_path, lines, says):
    with pytest.raises(UsageError) as caught:
        found(tmp_path, lines)
    assert says in caught.value.message


def test_a_table_that_does_not_state_the_field_of_a_file(tmp_path):
    with pytest.raises(UsageError, match="none of the columns batch, plate, well, site"):
        found(tmp_path, ["f.png,DNA"], header="path,channel")
