"""Tables with a row a file: ``path, channel, batch, plate, well, site``, as nf-core/cellpainting's.

The rows of one batch, plate, well and site are a field; ``channel`` names the stain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import Channel, FieldSource
from hpa_features.io.channel_planes import guess_channel_planes
from hpa_features.io.channel_tokens import channel_tokens
from hpa_features.io.rows import sources_of_rows

_KEYS = MappingProxyType({"batch": "Batch", "plate": "Plate", "well": "Well", "site": "Field"})
"""What identifies a field, and the metadata that it becomes."""
_NEEDED = frozenset({"path", "channel"})
_HINT = (
    "State what marks blue, red, yellow and green in the column channel: "
    "--channel-order DAPI,tubulin,ER,GFP."
)


def is_tall(columns: Iterable[str]) -> bool:
    """Whether the columns of a table are those of one with a row a file."""
    names = {name.casefold() for name in columns}
    return names >= _NEEDED and "green" not in names


def sources_of_files(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    settings: InputSettings,
    folder: str,
    place: str,
) -> tuple[tuple[FieldSource, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the fields in order of their first row, the columns that are ignored, and notes.

    The Id of a field is its batch, plate, well and site, as far as the table has them, joined
    by ``_``. `settings.channel_order` states what the channels are called; otherwise they are
    found by their names, which is reported.

    Parameters
    ----------
    columns, rows
        Of the table; all texts.
    settings
        What marks channels.
    folder
        What relative paths are relative to; empty: the working folder.
    place
        The table's name, for messages.

    Raises
    ------
    UsageError
        A column is missing or occurs twice; a field has two files for one channel; an Id cannot
        name a file or is that of two fields; or the names of the channels are not clear.
    """
    names = _checked_names(columns, place)
    table = [dict(zip(names, row)) for row in rows]
    channel_of, note = _channels(dict.fromkeys(row["channel"] for row in table), settings, place)
    fields: dict[tuple[str, ...], dict[str, str]] = {}
    keys = [name for name in _KEYS if name in names]
    for number, row in enumerate(table, start=2):  # row 1 is the header
        channel = channel_of.get(row["channel"].casefold())
        if channel is None:
            continue
        key = tuple(row[name] for name in keys)
        field = fields.setdefault(key, _field(row, keys))
        first = field.setdefault(channel.colour, row["path"])
        if first != row["path"]:
            raise UsageError(
                f"{place}, row {number}: {field['Id']} has a second file for {channel}: {first} "
                f"and {row['path']}.",
                hint="A field has one file a channel; of a stack, list one plane or a projection.",
            )
    _refuse_equal_ids(fields, place)
    sources = tuple(sources_of_rows(fields.values(), folder, place))
    known = {*_NEEDED, *_KEYS, "pixel_size_um"}
    ignored = [n for n in names if n not in known and not n.startswith("Metadata_")]
    return sources, tuple(ignored), (note,) if note else ()


def _checked_names(columns: Sequence[str], place: str) -> list[str]:
    """Return the names of the columns, those that are known in lower case."""
    known = {*_NEEDED, *_KEYS, "pixel_size_um"}
    names = [low if (low := name.casefold()) in known else name for name in columns]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"{place} has more than one column named {name} (in any case).",
                hint="Rename or remove one of them.",
            )
    if not any(name in names for name in _KEYS):
        raise UsageError(
            f"{place} has a row for each file and none of the columns {', '.join(_KEYS)}, "
            "which state the field of a file.",
            hint="Add at least one of them.",
        )
    return names


def _field(row: Mapping[str, str], keys: Sequence[str]) -> dict[str, str]:
    """Return what a field's first row states of it, by the columns of a row a field."""
    own = {name: text for name, text in row.items() if name.startswith("Metadata_")}
    facts = {f"Metadata_{_KEYS[name]}": row[name] for name in keys}
    size = row.get("pixel_size_um", "")
    return {
        "Id": "_".join(row[name] for name in keys if row[name]),
        "pixel_size_um": size,
        **own,
        **facts,
    }


def _channels(
    names: Iterable[str], settings: InputSettings, place: str
) -> tuple[Mapping[str, Channel], str]:
    """Return the channel of each name, in lower case, and a note where that was guessed."""
    tokens = channel_tokens(settings.channel_order)
    if tokens:
        return tokens, ""
    listed = list(names)
    planes = guess_channel_planes(listed, place, hint=_HINT)
    told = ", ".join(f"{channel} is {listed[number]!r}" for channel, number in planes.items())
    note = f"by the names of the channels in {place}, {told}; --channel-order states it otherwise."
    return {listed[number].casefold(): channel for channel, number in planes.items()}, note


def _refuse_equal_ids(fields: Mapping[tuple[str, ...], Mapping[str, str]], place: str) -> None:
    """Refuse two fields of one Id, as a_b + c and a + b_c."""
    keys: dict[str, tuple[str, ...]] = {}
    for key, field in fields.items():
        other = keys.setdefault(field["Id"], key)
        if other != key:
            raise UsageError(
                f"{place}: {' + '.join(other)} and {' + '.join(key)} both give the Id "
                f"{field['Id']}.",
                hint="Rename a batch, plate, well or site.",
            )
