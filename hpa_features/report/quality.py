"""Mistakes and quality of the fields: rows of the report's lists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """A label of a field that the model disagrees with.

    Attributes
    ----------
    id, group
        Of the field.
    label
        The label.
    given
        Whether the field has it.
    probability
        Of the label, held-out.
    suspected
        Whether the given label is probably wrong (confident learning).
    labels, predicted
        All labels of the field, given and predicted.
    picture, cell
        ``data:`` URI of one of its cells, and what that shows; empty: none.
    """

    id: str
    group: str
    label: str
    given: bool
    probability: float
    suspected: bool
    labels: tuple[str, ...]
    predicted: tuple[str, ...]
    picture: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True)
class UnlikeField:
    """A field that differs from the other training fields.

    Attributes
    ----------
    id, group
        Of the field.
    novelty
        Distance; above 1 it is unlike them.
    block
        In which block most, in a biologist's words; empty: in none alone.
    """

    id: str
    group: str
    novelty: float
    block: str


@dataclass(frozen=True, slots=True)
class FewCells:
    """A field of which few cells are used.

    Attributes
    ----------
    id
        Of the field.
    found, used
        Cells.
    """

    id: str
    found: int
    used: int


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A fact about images over all fields: median, 5 % and 95 % quantile.

    Attributes
    ----------
    name, meaning
        The column and what it is.
    low, middle, high
        Quantiles.
    """

    name: str
    meaning: str
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of the training fields; parts that are unknown are empty.

    Attributes
    ----------
    unlike
        The fields most unlike the rest.
    unlike_count
        How many fields are unlike the rest; None: unknown.
    found, used
        Cells of all fields; None: unknown.
    few
        Fields of which the fewest cells are used.
    all_used
        Fields whose cells are all used because fewer than three are whole.
    images
        Facts about the images.
    """

    unlike: tuple[UnlikeField, ...] = ()
    unlike_count: int | None = None
    found: int | None = None
    used: int | None = None
    few: tuple[FewCells, ...] = ()
    all_used: int = 0
    images: tuple[ImageFacts, ...] = ()
