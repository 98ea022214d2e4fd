"""Work on fields that ends its process or never ends; spawned processes must be able to import it.

Each field writes a file. A field whose id is listed is hard on its process.
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from hpa_features.core.errors import FieldError
from hpa_features.io.atomic import replacing
from hpa_features.io.store.journal import WrittenFile
from hpa_features.pipeline.field_parts import done_entry, map_fields


@dataclass(frozen=True)
class HardFields:
    folder: Path
    kills: str = ""
    hangs: str = ""
    raises: str = ""

    def __call__(self, part, monitor):
        done, failed = map_fields(part, self.one, monitor)
        return (*done.values(), *failed)

    def one(self, source):
        if source.id in self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        if source.id in self.hangs:
            threading.Event().wait()
        if source.id in self.raises:
            raise FieldError("it is cut short.", stage="read")
        path = self.folder / f"{source.id}.txt"
        with replacing(path) as temporary:
            temporary.write_text(source.id)
        return done_entry(source.id, [WrittenFile(path.name, path.stat().st_size)], 1, {})
