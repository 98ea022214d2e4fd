"""Whether a table has what a model reads, measured as in training; what differs is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hpa_features.core.errors import BundleError
from hpa_features.core.progress import Progress
from hpa_features.core.settings import ExtractSettings
from hpa_features.core.stored_settings import settings_from
from hpa_features.pipeline.kept_settings import as_kept_now, differences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hpa_features.core.tables import Column, FeatureTable
    from hpa_features.io.bundle import Bundle
    from hpa_features.learn.model import Model


def compare(learned: Model, table: FeatureTable, bundle: Bundle, progress: Progress) -> None:
    """Compare columns with the model's, and report what differs.

    Raises
    ------
    BundleError
        Columns of the model are missing.
    """
    from hpa_features.pipeline.cell_tables import inexact_needed

    given = set(table.names)
    missing = [column for column in learned.columns if column.name not in given]
    needed = {column.name for column in missing}
    excluded = [name for name in table.inexact if name in needed]
    if excluded:
        raise inexact_needed("The table", excluded)
    if missing:
        raise lacking_columns(missing, learned, bundle)
    extra = len(given) - len(learned.columns)
    if extra:
        columns = "1 column" if extra == 1 else f"{extra:,} columns"
        progress.note(f"Ignored because the model does not use them: {columns}.")


def report_differences(
    trained: Mapping[str, Any], progress: Progress, given: Mapping[str, Any]
) -> None:
    """Warn of extraction settings that differ from those of the model."""
    if trained["extraction"] and given:
        for difference in differences(trained["extraction"], given):
            progress.warn(
                f"The features were computed with other settings than in training: {difference}."
            )


def lacking_columns(missing: Sequence[Column], learned: Model, bundle: Bundle) -> BundleError:
    """Return the error of columns that a table lacks, and what brings them."""
    from hpa_features.io.array_files import block_name
    from hpa_features.io.arrow import name_some

    names = [column.name for column in missing]
    joined = [str(path) for path in bundle.facts["training"].get("blocks", ())]
    blocks = {column.block for column in missing}
    needed = [path for path in joined if block_name(path) in blocks]
    if needed:
        hint = f"Join the table again, as in training: {' '.join(f'--block {p}' for p in needed)}"
    elif network := _network_of(bundle, missing):
        hint = f"Extract with --embedding FILE, the file with the sha256 {network}."
    elif bundle.facts["extraction"]:
        families = ",".join(bundle.facts["extraction"].get("families", ())) or "default"
        hint = f"Use the same families: hpa-feat extract … --features {families}"
    else:
        hint = "Give a table with the columns of the training table."
    return BundleError(
        f"The table lacks {len(names):,} of the {len(learned.columns):,} columns that the model "
        f"needs: {name_some(names, 3)}.",
        hint=hint,
    )


def _network_of(bundle: Bundle, missing: Sequence[Column]) -> str:
    """Return the sha256 of the network that the missing columns are of; empty: of none."""
    from hpa_features.embedding.columns import block_of

    trained = bundle.facts["extraction"] or {}
    found = settings_from(ExtractSettings, as_kept_now(trained, ExtractSettings)).embedding
    if found is None or block_of(found) not in {column.block for column in missing}:
        return ""
    return found.sha256
