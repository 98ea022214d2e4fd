"""What the commands check of their options, for arguments."""

from __future__ import annotations

import math

from hpa_features.core.errors import UsageError
from hpa_features.core.settings import InputSettings
from hpa_features.core.types import PLAUSIBLE_PIXEL_UM
from hpa_features.running.pool import LocalExecutor


def check_range(name: str, value: float, low: float, high: float = math.inf) -> None:
    """Refuse a number outside `low` to `high`, or not a number.

    Raises
    ------
    UsageError
        It is.
    """
    if not low <= value <= high:
        wanted = f"{low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
        raise UsageError(f"{name} must be {wanted}, got {value:g}.")


def executor_of(jobs: int) -> LocalExecutor:
    """Return what runs work in `jobs` processes, in this one where it is 1.

    Raises
    ------
    UsageError
        It is below 1.
    """
    check_range("jobs", jobs, 1)
    return LocalExecutor(jobs)


def input_settings(
    pixel_size_um: float | None,
    bit_depth: int | None,
    float_range: tuple[float, float] | None,
    *,
    allow_missing_er: bool = False,
    masks: str = "",
    channel_order: str = "",
    channels: str = "",
    z: str | int = "",
    t: int | None = None,
    resolution_um: float | None = None,
) -> InputSettings:
    """Return how files or arrays become fields.

    Raises
    ------
    UsageError
        The pixel size, the depth or the range is impossible.
    """
    low, high = PLAUSIBLE_PIXEL_UM
    if pixel_size_um is not None and not low <= pixel_size_um <= high:
        raise UsageError(
            f"pixel_size_um must be {low:g} to {high:g} µm, got {pixel_size_um:g}.",
            hint="80 nm are 0.08 µm.",
        )
    if bit_depth is not None:
        check_range("bit_depth", bit_depth, 1, 16)
    if str(z) not in {"", "max"} and not str(z).isdecimal():
        raise UsageError(f"z must be 'max' or the number of a plane, got {z!r}.")
    if t is not None:
        check_range("t", t, 0)
    if resolution_um is not None and not resolution_um > 0:
        raise UsageError(f"resolution_um must be above 0, got {resolution_um:g}.")
    if float_range is not None and not -math.inf < float_range[0] < float_range[1] < math.inf:
        raise UsageError(f"float_range must be (low, high) with low below high, got {float_range}.")
    return InputSettings(
        pixel_size_um=pixel_size_um,
        bit_depth=bit_depth,
        float_range=float_range,
        allow_missing_yellow=allow_missing_er,
        masks=masks,
        channel_order=channel_order,
        channels=channels,
        z=str(z),
        t=t,
        resolution_um=resolution_um,
    )
