"""Images that would give plausible wrong numbers, through the installed command."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hpa_feat_cli.app import run
from image_files import COLOURS, page_tags, pixels, png, tags_tiff, tiff, write
from in_process import IN_PROCESS
from made_fields import drawn_field

PROGRAM = Path(sys.executable).with_name("hpa-feat")


@pytest.fixture
def planes():
    field, _ = drawn_field(0)
    return {channel.colour: plane for channel, plane in field.planes.items()}


def z_stack(plane):
    stack = np.stack([plane, plane // 2, plane // 4])
    return tiff(stack, imagej=True, truncate=True, metadata={"axes": "ZYX"})


FAULTS = {
    "stack": (z_stack, "stack of 3 planes in Z"),
    "white": (lambda plane: tiff(plane / np.float32(255), photometric="miniswhite"), "MINISWHITE"),
    "cmyk": (lambda plane: tags_tiff(page_tags(np.stack([plane] * 4, 2), 5)), "SEPARATED"),
    "header": (lambda plane: tags_tiff(page_tags(plane, 1, t256=[9, 9])), "damaged TIFF header"),
    "pixels": (lambda plane: tags_tiff(page_tags(plane, 1, t322=0, t323=16)), "division by zero"),
    "pipe": (None, "is not a regular file"),
    "twice": (None, "is used for two channels"),
}


def test_each_fault_fails_alone_in_the_dry_run_and_in_extraction(planes, tmp_path):
    """The pixel size is unknown, so the parent process reads headers and blue planes."""
    images = tmp_path / "images"
    for name in ("good", *FAULTS):
        for colour in COLOURS:
            write(images / f"{name}_{colour}.tif", tiff(planes[colour]))
    for name, (encode, _) in FAULTS.items():
        if encode is not None:
            write(images / f"{name}_blue.tif", encode(planes["blue"]))
    (images / "pipe_blue.tif").unlink()
    os.mkfifo(images / "pipe_blue.tif")
    (images / "twice_blue.tif").unlink()
    (images / "twice_blue.tif").symlink_to("twice_green.tif")

    dry = subprocess.run(
        [PROGRAM, "manifest", "-v", images], capture_output=True, text=True, check=False, timeout=60
    )
    assert dry.returncode == 3, dry.stderr
    out = tmp_path / "out"
    command = [PROGRAM, "extract", images, "-o", out, "--features", "AreaShape", "--jobs", "1"]
    real = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert real.returncode == 3, real.stderr
    with (out / "failures.csv").open(newline="") as file:
        failed = {row["Id"]: row for row in csv.DictReader(file)}
    assert set(failed) == set(FAULTS)
    told = " ".join(dry.stderr.split())
    for name, (_, says) in FAULTS.items():
        assert says in failed[name]["error"], name
        assert failed[name]["hint"]
        assert says in told or name == "pixels", name
    assert "Traceback" not in dry.stderr + real.stderr


CHANNELS = {
    "ImageJ": lambda stack: tiff(stack, imagej=True, truncate=True, metadata={"axes": "CYX"}),
    "pages": lambda stack: tiff(stack, photometric="minisblack", metadata=None),
    "OME": lambda stack: tiff(stack, photometric="minisblack", ome=True, metadata={"axes": "CYX"}),
    "samples": lambda stack: png(np.moveaxis(stack, 0, 2)),
}


def test_planes_of_one_file_give_the_numbers_of_four_files(planes, tmp_path):
    """One run over fields that hold the same planes in files of different forms."""
    for colour in COLOURS:
        write(tmp_path / f"{colour}.png", png(planes[colour]))
    rows = ["files," + ",".join(f"{colour}.png" for colour in COLOURS)]
    for n, (form, encode) in enumerate(CHANNELS.items()):
        write(tmp_path / f"all{n}.tif", encode(np.stack([planes[c] for c in COLOURS])))
        word = "page" if form == "pages" else "channel"
        rows.append(f"{form}," + ",".join(f"all{n}.tif#{word}={plane}" for plane in range(4)))
    manifest = tmp_path / "m.csv"
    manifest.write_text("\n".join(["Id,blue,red,yellow,green", *rows, ""]))
    assert run(["manifest", str(manifest), "--pixel-size-um", "0.32"]) == 0
    table = tmp_path / "features.csv"
    command = ["extract", str(manifest), "-o", str(table), *IN_PROCESS, "-q"]
    quick = ["--features", "Intensity", "--pixel-size-um", "0.32"]
    assert run([*command, *quick]) == 0
    with table.open(newline="") as file:
        found = {row.pop("Metadata_Id"): row for row in csv.DictReader(file)}
    assert list(found) == ["files", *CHANNELS]
    for form in CHANNELS:
        assert found[form] == found["files"], form


def test_a_set_of_ome_files_never_waits_for_a_pipe(planes, tmp_path):
    uuid = '<UUID FileName="{0}">urn:uuid:{0}</UUID>'
    data = "".join(
        f'<TiffData IFD="0" PlaneCount="1" FirstC="{n}">{uuid.format(name)}</TiffData>'
        for n, name in enumerate(["blue.ome.tif", "pipe.ome.tif"])
    )
    rows, columns = planes["blue"].shape
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        'UUID="urn:uuid:blue.ome.tif"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        f'DimensionOrder="XYCZT" Type="uint8" SizeX="{columns}" SizeY="{rows}" SizeC="2" SizeZ="1" '
        f'SizeT="1">{data}</Pixels></Image></OME>'
    )
    for colour in COLOURS:
        write(tmp_path / f"{colour}.png", png(planes[colour]))
    blue = tiff(planes["blue"], photometric="minisblack", metadata=None, description=xml)
    write(tmp_path / "blue.ome.tif", blue)
    os.mkfifo(tmp_path / "pipe.ome.tif")
    for suffix, code in (("", 0), ("#channel=0", 0), ("#channel=1", 1)):
        row = f"x,blue.ome.tif{suffix},red.png,yellow.png,green.png,0.32\n"
        (tmp_path / "m.csv").write_text("Id,blue,red,yellow,green,pixel_size_um\n" + row)
        command = [PROGRAM, "manifest", tmp_path / "m.csv"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == code, done.stderr


def test_a_pipe_as_input_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    done = subprocess.run(
        [PROGRAM, "manifest", tmp_path / "pipe"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "neither a folder nor a regular file" in " ".join(done.stderr.split())


def test_copies_of_one_image_as_two_channels_are_warned_of(planes, tmp_path, capsys):
    for colour in COLOURS:
        source = "red" if colour == "green" else colour
        write(tmp_path / "images" / f"x_{colour}.png", png(planes[source]))
    command = ["extract", str(tmp_path / "images"), "-o", str(tmp_path / "out"), "--jobs", "1"]
    assert run([*command, "--features", "AreaShape", "--pixel-size-um", "0.32"]) == 0
    assert "pairs of channels with the same pixels: 1 (in 1 field)" in capsys.readouterr().err


def test_a_stack_given_as_mask_is_refused(planes, tmp_path, capsys):
    images, masks = tmp_path / "images", tmp_path / "masks"
    for colour in COLOURS:
        write(images / f"x_{colour}.png", png(planes[colour]))
    labels = (pixels(shape=planes["blue"].shape) % 5).astype(np.uint8)
    write(masks / "x_cells.tif", z_stack(labels))
    command = ["manifest", str(images), "--masks", str(masks), "--pixel-size-um", "0.32"]
    assert run(command) == 1
    assert "stack of 3 planes in Z" in " ".join(capsys.readouterr().err.split())
    shutil.rmtree(masks)
    write(masks / "x_cells.tif", tiff(labels))
    assert run(command) == 0
