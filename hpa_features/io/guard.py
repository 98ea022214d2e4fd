"""Whatever a decoder raises becomes the failure of the file that it was given."""

from __future__ import annotations

from types import TracebackType

from hpa_features.core.errors import HpaFeatError
from hpa_features.io.files import Place

AGAIN = "Copy or download it again."


class DecoderGuard:
    """Turn any exception of the block into the `FieldError` of one file.

    Damaged files make decoders raise almost anything: besides their own errors also
    ZeroDivisionError, RecursionError, AttributeError, OverflowError or MemoryError. A list of them
    is never complete, so all are caught, here and nowhere else. Our own errors pass unchanged.

    Parameters
    ----------
    place
        The file.
    problem
        What a failure of the block means, as for `Place.error`.
    """

    def __init__(self, place: Place, problem: str) -> None:
        self._place = place
        self._problem = problem

    def __enter__(self) -> None:
        """Enter the block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise the file's failure for whatever the block raised."""
        if not isinstance(error, Exception) or isinstance(error, HpaFeatError):
            return
        if isinstance(error, MemoryError):
            raise self._place.error(
                "needs more memory than is free",
                "Use fewer --jobs or a machine with more memory. If its size is wrong, copy or "
                "download it again.",
            ) from error
        text = " ".join(str(error).split()) or type(error).__name__
        raise self._place.error(f"{self._problem} ({text})", AGAIN) from error
