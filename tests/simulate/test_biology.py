"""The table of what each location changes is complete and uses names of the dictionary."""

from __future__ import annotations

from pathlib import Path

from hpa_features.core.locations import LOCATIONS
from hpa_features.features.families import FAMILIES
from hpa_features.features.spec import Compartment, Landmark
from hpa_features.simulate.biology import BIOLOGY, LOOSE_IN_MITOSIS, SEEN_IN_LANDMARKS

PAGE = Path(__file__).parents[2] / "docs" / "simulated-biology.md"


def page() -> str:
    """Return the table as Markdown; `python tests/simulate/test_biology.py` writes it again."""
    lines = [
        "# What each simulated location changes",
        "",
        "Generated from `hpa_features/simulate/biology.py`, which was written before any model was",
        "trained on simulated fields. + increases, - decreases, compared with a protein that is",
        "everywhere. Landmarks and families are those of [features.md](features.md).",
        "",
        "| id | location | landmark × family | compartment | | what |",
        "|---|---|---|---|---|---|",
    ]
    for number, name in enumerate(LOCATIONS):
        lines += [
            f"| {number} | {name} | {block_of(change)} | {change.compartment} "
            f"| {change.sense} | {change.what} |"
            for change in BIOLOGY[name]
        ]
    names = ", ".join(sorted(SEEN_IN_LANDMARKS, key=LOCATIONS.index))
    lines += [
        "",
        f"Fields of {names} contain at least one such cell, so landmarks alone may identify them.",
    ]
    return "\n".join(lines) + "\n"


def block_of(change):
    """Return landmark and family, the family alone where no landmark is involved."""
    if change.landmark in {Landmark.NONE, change.family}:
        return change.family
    return f"{change.landmark} × {change.family}"


def test_every_location_has_its_rows():
    assert tuple(BIOLOGY) == LOCATIONS
    assert all(BIOLOGY.values())
    assert set(LOCATIONS) >= SEEN_IN_LANDMARKS | LOOSE_IN_MITOSIS


def test_rows_use_names_of_the_feature_dictionary():
    families = {family.name for family in FAMILIES}
    for changes in BIOLOGY.values():
        for change in changes:
            assert change.landmark in set(Landmark)
            assert change.compartment in set(Compartment)
            assert change.family in families
            assert change.sense in {"+", "-"}


def test_no_two_locations_change_the_same():
    assert len(set(BIOLOGY.values())) == len(LOCATIONS)


def test_the_page_shows_the_table():
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
