"""How often kernels are called: for a whole batch, not for each field, and never twice alike."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from emulated_device.stand_in import gpu_kernels
from seam.kernels import CountingKernels, running_on
from seam.test_seam import batch_of

from hpa_features.core.types import Channel
from hpa_features.features.families import FAMILIES
from hpa_features.features.measure import measure_all, plan_of
from hpa_features.features.registry import families_named
from hpa_features.kernels import cpu

CHOICES = {"default": families_named([]), "all": FAMILIES}
MOST = 150
each_choice = pytest.mark.parametrize("families", CHOICES.values(), ids=CHOICES)


def calls_of(batch, families):
    kernels = CountingKernels()
    with running_on(kernels):
        measure_all(batch, families)
    return kernels.calls


@each_choice
def test_a_batch_makes_few_kernel_calls_however_many_fields_it_has(families):
    names = [
        Counter(name for name, _ in calls_of(batch, families))
        for batch in (batch_of(1), batch_of(2, 3), batch_of(4, 5, 6, 7))
    ]
    assert names[0].total() <= MOST, (names[0].total(), names[0].most_common(10))
    assert names[1] == names[0]
    assert names[2] == names[0]


@each_choice
def test_no_kernel_is_called_twice_with_equal_arguments(families):
    calls = Counter(calls_of(batch_of(8, 9), families))
    assert [name for (name, _), count in calls.items() if count > 1] == []


@each_choice
def test_no_node_is_made_twice(families):
    plan = plan_of(families, tuple(Channel))
    nodes = Counter(node for _, some in plan.calls for node in some)
    assert [node for node, count in nodes.items() if count > 1] == []


def test_every_kernel_of_the_package_is_called():
    called = {name for name, _ in calls_of(batch_of(1), FAMILIES)}
    of_tables = {"label_places"}  # positions in the tables' metadata
    assert sorted(called | of_tables | {"from_host", "to_host"}) == sorted(cpu.__all__)


def test_the_page_of_the_gpu_names_what_the_default_families_run_on_the_host():
    called = {name for name, _ in calls_of(batch_of(1), CHOICES["default"])}
    page = (Path(__file__).parents[2] / "docs" / "gpu.md").read_text()
    sentence = page.partition("The default families call")[2].partition(".")[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == called & gpu_kernels().on_host.ON_HOST.keys()
