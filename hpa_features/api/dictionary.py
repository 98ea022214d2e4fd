"""`describe_features`: what every column of the tables means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpa_features.api.python_words import speaks_python

if TYPE_CHECKING:
    import pandas as pd


@speaks_python
def describe_features() -> pd.DataFrame:
    """Return what every column of the tables means.

    Returns
    -------
    pandas.DataFrame
        One row for each column of a table of cells or of images, indexed by its name: `family`,
        `block`, `statistic` (``Median``, ``Q10``, ``Q90`` or ``Top`` over the cells of an image,
        else empty), `unit`, `low` and `high` (the values it can have), `meaning`, `undefined_when`
        (when it is NaN), `source`, `rare`, `acquisition` (whether it depends on how a field was
        taken), `survives`, `comparable_nm` and `tables`.

    Examples
    --------
    >>> import hpa_features as hf
    >>> features = hf.describe_features()
    >>> features.loc["Cells_AreaShape_Area_Median", ["unit", "statistic", "tables"]].tolist()
    ['µm²', 'Median', 'images']
    """
    from dataclasses import asdict

    import pandas as pd

    from hpa_features.features.families import FAMILIES
    from hpa_features.features.registry import image_entries
    from hpa_features.pipeline.features import features

    meaning = {entry.column.name: entry.column.meaning for entry in image_entries(FAMILIES)}
    rows = []
    for row in features():
        facts = asdict(row)
        del facts["statistics"]
        for name, statistic in zip(row.names, ("", *row.statistics.split()), strict=True):
            rows.append(facts | {"column": name, "statistic": statistic})
            if statistic:
                rows[-1] |= {"meaning": meaning[name], "tables": "images"}
    table = pd.DataFrame(rows).set_index("column")
    table["comparable_nm"] = table["comparable_nm"].astype("Int64")
    first = ["family", "block", "statistic"]
    return table[[*first, *(each for each in table.columns if each not in first)]]
