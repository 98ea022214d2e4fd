from __future__ import annotations

import json

from hpa_feat_cli.app import run


def test_simulate_says_what_it_made_and_what_comes_next(tmp_path, capsys):
    folder = tmp_path / "made"
    arguments = ["simulate", "-o", str(folder), "--fields", "3", "--size", "64"]
    assert run([*arguments, "--locations", "Cytosol,Nucleoli", "--jobs", "1", "--json"]) == 0
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert facts["fields"] == 3
    assert facts["output"] == str(folder)
    assert "Nucleoli: " in err
    assert "hpa-feat extract" in err
    assert len(list(folder.glob("*_green.png"))) == 3

    assert run([*arguments, "--jobs", "1"]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert run([*arguments, "--jobs", "1", "--overwrite", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_simulate_refuses_a_location_it_does_not_know(tmp_path, capsys):
    assert run(["simulate", "-o", str(tmp_path / "x"), "--locations", "Nowhere"]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert "'Nowhere'" in err
    assert "Choose from: Nucleoplasm" in err
    assert not (tmp_path / "x").exists()
