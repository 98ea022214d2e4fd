import io
import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from hpa_feat_cli.app import run
from image_files import COLOURS, png, write, write_field


@pytest.fixture
def images(tmp_path):
    write_field(tmp_path / "images", "HPA030741_800_A6_1")
    write_field(tmp_path / "images", "HPA030741_800_A6_2")
    return str(tmp_path / "images")


def test_the_dry_run_prints_to_stderr_only(images, capsys):
    assert run(["manifest", images, "--pixel-size-um", "0.2"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "2       24 × 32  8-bit  4 PNG  0.2 µm (option)" in err
    assert "metadata: Antibody (2), Plate (2), Well (2), Field (2)" in err
    assert f"next: hpa-feat extract {images} --pixel-size-um 0.2 -o features" in err


def test_verbose_lists_every_field(images, capsys):
    assert run(["manifest", images, "--pixel-size-um", "0.2", "-v"]) == 0
    err = capsys.readouterr().err
    assert "HPA030741_800_A6_2  24 × 32" in err
    assert "Antibody HPA030741, Plate 800, Well A6, Field 2" in err


def test_a_manifest_written_is_an_input(images, tmp_path, capsys):
    output = str(tmp_path / "m.csv")
    assert run(["manifest", images, "--pixel-size-um", "0.2", "-o", output]) == 0
    assert f"next: hpa-feat extract {output}" in capsys.readouterr().err
    assert run(["manifest", output]) == 0
    assert "0.2 µm (option)" in capsys.readouterr().err


def test_a_manifest_that_is_there_is_kept(images, tmp_path, capsys):
    """Somebody may have written into it."""
    output = tmp_path / "m.csv"
    output.write_text("mine\n", encoding="utf-8")
    command = ["manifest", images, "--pixel-size-um", "0.2", "-o", str(output), "-q"]
    assert run(command) == 2
    assert f"{output} exists. Use --overwrite" in " ".join(capsys.readouterr().err.split())
    assert output.read_text(encoding="utf-8") == "mine\n"
    assert run([*command, "--overwrite"]) == 0
    assert output.read_text(encoding="utf-8").startswith("Id,")


def test_stdout_carries_only_the_manifest(images, capsys):
    assert run(["manifest", images, "--pixel-size-um", "0.2", "-o", "-", "-q"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 3
    assert err == ""


def test_the_next_command_keeps_what_it_needs(images, capsys):
    for path in Path(images).glob("*_yellow.png"):
        path.unlink()
    options = ["--pixel-size-um", "0.2", "--allow-missing", "yellow"]
    assert run(["manifest", images, *options]) == 0
    err = capsys.readouterr().err
    assert "3 PNG" in err
    assert f"next: hpa-feat extract {images} {' '.join(options)} -o features" in err


def test_the_next_command_finds_the_same_files(tmp_path, capsys):
    write_field(tmp_path / "images", "a")
    images, tokens = str(tmp_path / "images"), "blue,red,yellow,green"
    for number, colour in enumerate(tokens.split(","), 1):
        path = tmp_path / "images" / f"a_{colour}.png"
        path.rename(path.with_name(f"a_w{number}.png"))
    options = ["--float-range", "0.0", "2.0", "--channel-order", "w1,w2,w3,w4"]
    assert run(["manifest", images, *options, "--bit-depth", "8"]) == 0
    following = capsys.readouterr().err.splitlines()[-1].removeprefix("next: ")
    assert shlex.split(following) == [
        *("hpa-feat", "extract", images, "--bit-depth", "8", *options, "-o", "features")
    ]
    written = tmp_path / "m.csv"
    assert run(["manifest", images, *options, "-o", str(written)]) == 0
    following = capsys.readouterr().err.splitlines()[-1].removeprefix("next: ")
    assert shlex.split(following)[2:] == [str(written), *options[:3], "-o", "features"]


def test_json_is_one_object(images, capsys):
    assert run(["manifest", images, "--pixel-size-um", "0.2", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["fields"], facts["failures"]) == (2, 0)


def test_some_fields_failed_is_exit_code_3(images, capsys):
    (Path(images) / "HPA030741_800_A6_2_red.png").write_bytes(b"")
    assert run(["manifest", images, "--pixel-size-um", "0.2"]) == 3
    assert "is empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "code", "says"),
    [
        (lambda _: None, 1, "no fields found"),
        (lambda folder: (folder / "x_blue.png").write_bytes(b"x"), 1, "none of the 1 fields"),
        (
            lambda folder: [(folder / f"x_blue.{s}").write_bytes(b"x") for s in ("png", "tif")],
            2,
            "x has",
        ),
    ],
)
def test_nothing_useful_is_exit_code_1_and_duplicates_2(tmp_path, capsys, make, code, says):
    make(tmp_path)
    assert run(["manifest", str(tmp_path)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err
    assert "fields  size" not in err  # a table without rows


def test_paths_come_through_a_pipe(images, capsys, monkeypatch):
    stems = ("HPA030741_800_A6_2", "HPA030741_800_A6_1")
    paths = "\n".join(f"{images}/{stem}_{colour}.png" for stem in stems for colour in COLOURS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(paths.encode())))
    assert run(["manifest", "-", "--pixel-size-um", "0.2", "-o", "-", "-q"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.partition(",")[0] for row in rows] == ["Id", *stems]


def test_the_next_command_can_be_pasted(tmp_path, capsys):
    write_field(tmp_path / "it's here", "a")
    run(["manifest", str(tmp_path / "it's here")])
    following = capsys.readouterr().err.splitlines()[-1].removeprefix("next: ")
    assert shlex.split(following)[2] == str(tmp_path / "it's here")


def test_check_decodes_pixels_and_names_the_damaged_file(tmp_path, capsys):
    write_field(tmp_path, "a")
    write_field(tmp_path, "b")
    damaged = tmp_path / "b_red.png"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF  # in the pixels: the header is as before
    damaged.write_bytes(content)
    assert run(["manifest", str(tmp_path), "--pixel-size-um", "0.2"]) == 0
    capsys.readouterr()
    assert run(["manifest", str(tmp_path), "--pixel-size-um", "0.2", "--check"]) == 3
    assert "b_red.png" in capsys.readouterr().err


def test_check_decodes_given_masks_too(tmp_path, capsys):
    write_field(tmp_path / "images", "a")
    write(tmp_path / "masks" / "a_cells.png", png(np.eye(24, 32, dtype=np.uint8) * 9))
    damaged = tmp_path / "masks" / "a_cells.png"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    command = ["manifest", str(tmp_path / "images"), "--masks", str(tmp_path / "masks")]
    command += ["--pixel-size-um", "0.2"]
    assert run(command) == 0
    assert run([*command, "--check"]) == 1
    assert "a_cells.png" in capsys.readouterr().err
