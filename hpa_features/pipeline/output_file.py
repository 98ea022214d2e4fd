"""Whether a verb may write the file that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from hpa_features.core.errors import UsageError


def refuse_output(
    output: str,
    endings: Sequence[str],
    *,
    overwrite: bool,
    inputs: Iterable[str] = (),
    hint: str = "",
) -> None:
    """Refuse a file that cannot be written, before any work; an empty name is none.

    Raises
    ------
    UsageError
        `output` has none of the endings, with this hint; it exists, or is one of the `inputs`.
    """
    from hpa_features.io.atomic import refuse_existing

    if not output:
        return
    if Path(output).suffix.lower() not in endings:
        raise UsageError(
            f"-o {output}: wanted a file that ends in {', '.join(endings)}.", hint=hint
        )
    refuse_existing(Path(output), overwrite=overwrite, inputs=inputs)
