"""A `Progress` that keeps notes and warnings."""

from __future__ import annotations


class Listener:
    """Keeps the notes and warnings of a verb."""

    def __init__(self):
        self.notes, self.warnings = [], []

    def start(self, what, total, done=0):
        pass

    def advance(self, steps=1):
        pass

    def finish(self):
        pass

    def note(self, message):
        self.notes.append(message)

    def warn(self, message):
        self.warnings.append(message)

    def __str__(self):
        return "\n".join([*self.notes, *self.warnings])
