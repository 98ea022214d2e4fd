"""What `import hpa_features` offers, what it loads, and that its documentation runs."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
import warnings

import pytest

import hpa_features as hf
from hpa_features import api

FUNCTIONS = [
    "make_field",
    "read_fields",
    "segment",
    "measure",
    "describe_features",
    "train",
    "load_model",
    "importance",
    "explain",
    "write_report",
]
TYPES = ["Field", "HpaFeatError", "HpaFeatWarning", "Masks", "Model"]


def test_the_functions_and_their_types_are_offered():
    assert sorted(hf.__all__) == sorted(api.__all__) == sorted([*FUNCTIONS, *TYPES])
    assert set(hf.__all__) <= set(dir(hf))
    assert not hasattr(hf, "mesure")


def test_import_loads_nothing_until_a_function_is_used():
    code = "import sys; import hpa_features; print(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()
    assert "numpy" not in loaded
    assert [each for each in loaded if each.startswith("hpa_features")] == ["hpa_features"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_documents_its_arguments_and_an_example(name):
    function = getattr(hf, name)
    text = inspect.getdoc(function)
    sections = re.findall(r"^(\w+)\n-+$", text, flags=re.MULTILINE)
    takes = list(inspect.signature(function).parameters)
    wanted = ["Parameters", "Returns", "Raises", "Examples"]
    assert sections == (wanted if takes else ["Returns", "Examples"])
    body = text.partition("Parameters\n----------\n")[2].partition("Returns\n")[0]
    named = [
        each
        for line in re.findall(r"^\w.*$", body, flags=re.MULTILINE)
        for each in line.split(", ")
    ]
    assert named == takes


@pytest.mark.parametrize("name", ["", *FUNCTIONS])
def test_examples_run(simulated_folder, monkeypatch, name):
    monkeypatch.chdir(simulated_folder.parent)
    documented = getattr(hf, name) if name else hf
    (example,) = doctest.DocTestFinder(recurse=False).find(documented, name or "hpa_features")
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hf.HpaFeatWarning)
        result = runner.run(example)
    assert result.attempted > 0
    assert result.failed == 0
