"""`explain`: why rows or fields have their labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hpa_features.api.model import Model
from hpa_features.api.python_words import speaks_python
from hpa_features.api.training import load_model

if TYPE_CHECKING:
    import pandas as pd

    from hpa_features.api.blocks import BlocksInput
    from hpa_features.api.cells import FieldsInput, MasksInput
    from hpa_features.api.fields import PathLike
    from hpa_features.api.model import TableInput


@speaks_python
def explain(
    model: Model | PathLike,
    data: TableInput | FieldsInput,
    ids: Sequence[str] = (),
    *,
    masks: MasksInput | Sequence[MasksInput] | None = None,
    blocks: BlocksInput = (),
    embedding: PathLike | None = None,
    jobs: int = 1,
) -> pd.DataFrame:
    """Find how far each block of features moves each label of some rows or fields.

    Values are Shapley values of the log-odds of the final probability, with training rows as the
    background: for each row and label, `base` and the values of all blocks add up to the log-odds
    of `probability`.

    Parameters
    ----------
    model
        A model, or its folder.
    data
        As `Model.predict` takes it.
    ids
        Rows to explain; none: all, up to 50.
    masks
        For fields, as `measure` takes them; None: cells are found as for the training features.
    blocks
        Tables to join, as `train` takes them, if the model was trained with them.
    embedding
        The ONNX file, as `Model.predict` takes it.
    jobs
        Processes that measure images.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``Id``, ``label`` and ``block``: `value` in nats, its standard `error`, the
        label's `base`, `probability` and `threshold`.

    Raises
    ------
    HpaFeatError
        There is no such row, columns are missing, or the model keeps no background rows.

    Examples
    --------
    >>> import hpa_features as hf
    >>> reasons = hf.explain("model", "features.parquet", ["field1"])  # doctest: +SKIP
    >>> reasons.loc["field1", "Nucleoli"]["value"].nlargest(3)  # doctest: +SKIP
    """
    import pandas as pd

    chosen = model if isinstance(model, Model) else load_model(model)
    found = chosen.reasons(data, ids, masks, blocks=blocks, embedding=embedding, jobs=jobs)
    rows = [row for each in found for row in each.rows()]
    return pd.DataFrame(rows).set_index(["Id", "label", "block"])
