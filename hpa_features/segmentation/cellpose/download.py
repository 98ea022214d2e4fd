"""Published weights fetched on purpose: checked on the way, and in their place only when whole."""

from __future__ import annotations

import hashlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hpa_features.core.errors import DataError
from hpa_features.core.progress import Progress
from hpa_features.io.atomic import replacing
from hpa_features.segmentation.cellpose.weights import Published, looks_like_weights

TIMEOUT_S = 60.0
_BLOCK, _MEGABYTE = 2**16, 10**6
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file of weights that was fetched.

    Attributes
    ----------
    path
        Where it is.
    size
        Its bytes.
    sha256
        Its digest.
    checked
        Whether the server gave that digest too; otherwise only the size was compared.
    """

    path: Path
    size: int
    sha256: str
    checked: bool


class _Linked(urllib.request.HTTPRedirectHandler):
    """Follows redirections and keeps the digest that a server of large files sends with them."""

    def __init__(self) -> None:
        self.sha256 = ""

    def redirect_request(self, *arguments: Any) -> urllib.request.Request | None:
        """Return the request that follows; the headers are the fifth argument."""
        found = _SHA256.fullmatch(arguments[4].get("X-Linked-ETag", ""))
        self.sha256 = found[1] if found else self.sha256
        return super().redirect_request(*arguments)


def download(weights: Published, folder: Path, progress: Progress) -> Downloaded:
    """Fetch published weights into `folder`.

    Raises
    ------
    DataError
        The address cannot be reached, or what it gives is not the whole file.
    """
    linked = _Linked()
    opener = urllib.request.build_opener(linked)
    try:
        with (
            closing(opener.open(weights.address, timeout=TIMEOUT_S)) as response,
            replacing(folder / weights.file) as temporary,
        ):
            size = _size(response)
            progress.start(f"downloading {weights.name} (MB)", size and size // _MEGABYTE)
            digest = _write(response, temporary, progress)
            progress.finish()
            _check(weights, temporary, digest, size, linked.sha256)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        reason = str(getattr(error, "reason", None) or error or "no response")
        raise DataError(
            f"{weights.address} cannot be fetched: {reason}.",
            hint=_by_hand(weights, folder),
        ) from error
    path = folder / weights.file
    return Downloaded(path, path.stat().st_size, digest, checked=bool(linked.sha256))


def _size(response: Any) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _write(response: IO[bytes], path: Path, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    with path.open("wb") as file:
        for block in _blocks(response):
            file.write(block)
            digest.update(block)
            progress.advance((done + len(block)) // _MEGABYTE - done // _MEGABYTE)
            done += len(block)
    return digest.hexdigest()


def _blocks(response: IO[bytes]) -> Iterator[bytes]:
    while block := response.read(_BLOCK):
        yield block


def _check(weights: Published, path: Path, digest: str, size: int | None, wanted: str) -> None:
    """Refuse a file that is cut short, altered, or a page in place of a file."""
    got = path.stat().st_size
    problem = ""
    if size is not None and got != size:
        problem = f"got {got:,} of {size:,} bytes"
    elif wanted and digest != wanted:
        problem = f"the sha256 is {digest}, the server's {wanted}"
    elif not looks_like_weights(path):
        problem = "it is not a file of PyTorch"
    if problem:
        raise DataError(
            f"{weights.address} gave a file that cannot be used: {problem}.",
            hint="Try again later; nothing was kept.",
        )


def _by_hand(weights: Published, folder: Path) -> str:
    return (
        f"On a machine with internet, fetch {weights.address} and copy it to "
        f"{folder / weights.file}"
    )
