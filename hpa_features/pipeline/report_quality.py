"""Quality of the training fields, from their features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from hpa_features.core.tables import means_yes
from hpa_features.io.bundle import Bundle
from hpa_features.pipeline.report_rows import FeatureRows
from hpa_features.report.block_words import block_title
from hpa_features.report.quality import FewCells, ImageFacts, Quality, UnlikeField

if TYPE_CHECKING:
    from hpa_features.learn.model import Model

_SHOWN = 12
_IMAGE = "Image_"


def quality_of(bundle: Bundle, learned: Model, rows: FeatureRows | None) -> Quality:
    """Return what is known about the training fields; nothing without features."""
    if rows is None:
        return Quality()
    unlike, count = _unlike(bundle, learned, rows)
    found, used = (_counts(rows.metadata, name) for name in ("CellCount", "CellsUsed"))
    ids = [bundle.oof.ids[at] for at in rows.oof.tolist()]
    few: list[FewCells] = []
    if found and used:
        few = [FewCells(*each) for each in zip(ids, found, used)]
        few.sort(key=lambda each: (each.used, each.used / max(1, each.found), each.id))
    return Quality(
        unlike=unlike,
        unlike_count=count,
        found=sum(found) if found else None,
        used=sum(used) if used else None,
        few=tuple(few[:_SHOWN]),
        all_used=sum(means_yes(text) for text in rows.metadata.get("AllCellsUsed", ())),
        images=_images(rows),
    )


def _unlike(
    bundle: Bundle, learned: Model, rows: FeatureRows
) -> tuple[tuple[UnlikeField, ...], int | None]:
    """Return the fields farthest from the others, and how many lie beyond the limit.

    None for models that score cells: their scores are needed too, and only the cells' table has
    them.
    """
    if learned.cell_columns:
        return (), None
    seen = learned.members[0].transform(rows.values, rows.plates, None)
    judged = learned.usual.judge(seen, [column.block for column in learned.seen])
    order = np.argsort(-judged.novelty, kind="stable")[:_SHOWN]
    oof = bundle.oof
    found = tuple(
        UnlikeField(
            id=oof.ids[rows.oof[at]],
            group=oof.groups[rows.oof[at]],
            novelty=float(judged.novelty[at]),
            block=judged.block[at] and block_title(judged.block[at]),
        )
        for at in order.tolist()
    )
    return found, int((judged.novelty > 1).sum())


def _counts(metadata: Mapping[str, tuple[str, ...]], name: str) -> list[int]:
    """Return counts of each row; empty where the table has none or not of every row."""
    texts = metadata.get(name, ())
    try:
        return [int(float(text)) for text in texts]
    except (ValueError, OverflowError):
        return []


def _images(rows: FeatureRows) -> tuple[ImageFacts, ...]:
    facts = []
    for name in rows.names:
        values = rows.column(name) if name.startswith(_IMAGE) else None
        if values is None or np.isnan(values).all():
            continue
        low, middle, high = np.nanpercentile(values, [5, 50, 95])
        facts.append(
            ImageFacts(name, rows.meanings.get(name, ""), float(low), float(middle), float(high))
        )
    return tuple(facts)
