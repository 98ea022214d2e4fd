"""Work on fields that ends its own process; spawned processes must be able to import it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from hpa_features.io.atomic import replacing
from hpa_features.io.store.journal import WrittenFile
from hpa_features.pipeline.field_runs import done_entry, each_field


@dataclass(frozen=True)
class KilledOn:
    """Writes a file per field; its process is killed on one field, once or every time."""

    folder: Path
    field_id: str
    always: bool

    def __call__(self, part, step):
        done, failed = each_field(part, self.one, step)
        return (*done.values(), *failed)

    def one(self, source):
        marker = self.folder / "killed"
        if source.id == self.field_id and (self.always or not marker.exists()):
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        path = self.folder / f"{source.id}.txt"
        with replacing(path) as temporary:
            temporary.write_text(source.id)
        return done_entry(source.id, [WrittenFile(path.name, path.stat().st_size)], 1, {})
