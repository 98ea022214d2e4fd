"""Options with which a command does all its work in the process of the test."""

from __future__ import annotations

IN_PROCESS = ("--jobs", "1", "--field-timeout", "0")
"""A time limit needs a process that can be ended."""
