"""Options that state where the work of a command runs, and which share of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hpa_feat_cli.options import Jobs, OptionGroup, local_executor, option
from hpa_features.core.errors import UsageError
from hpa_features.core.shard import Shard, parse_shard

if TYPE_CHECKING:
    from hpa_features.running.executor import Executor


class ExecutorName(StrEnum):
    """Where work runs."""

    LOCAL = "local"
    DASK = "dask"


@dataclass(frozen=True, slots=True)
class Workers:
    """What was asked for; see the options' help."""

    jobs: int | None = None
    name: ExecutorName = ExecutorName.LOCAL
    scheduler: str = ""

    def executor(self, field_timeout: float = 0) -> Executor:
        """Return where the work runs; fields may take `field_timeout` seconds each (0: any)."""
        if self.name is ExecutorName.LOCAL:
            return local_executor(self.jobs, field_timeout)
        from hpa_features.running.dask_pool import DaskExecutor
        from hpa_features.running.threads import usable_cores

        return DaskExecutor(self.scheduler, self.jobs or usable_cores(), field_timeout or None)


def _workers(*, jobs: int | None, executor: ExecutorName | None, scheduler: str) -> Workers:
    if scheduler and executor is ExecutorName.LOCAL:
        raise UsageError("--scheduler is for --executor dask.")
    name = executor or (ExecutorName.DASK if scheduler else ExecutorName.LOCAL)
    return Workers(jobs, name, scheduler)


ShardOption = Annotated[
    Shard | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        parser=parse_shard,
        help="Do the I-th of N shares of the fields; runs of all shares write to the same folder "
        "at the same time (docs/scaling.md).",
        show_default=False,
    ),
]
_EXECUTOR = Annotated[
    ExecutorName | None,
    typer.Option(
        "--executor",
        help="Where the work runs: processes on this machine, or the workers of a Dask cluster "
        "(docs/scaling.md).",
        show_default="local",
    ),
]
_SCHEDULER = Annotated[
    str,
    typer.Option(
        metavar="tcp://HOST:PORT|FILE",
        help="Address or file of the Dask scheduler; dask without it: a cluster on this machine.",
        show_default=False,
    ),
]
WorkerOptions = Annotated[
    Workers,
    OptionGroup(
        (
            option("jobs", None, Jobs),
            option("executor", None, _EXECUTOR),
            option("scheduler", "", _SCHEDULER),
        ),
        _workers,
    ),
]
"""Where the work runs."""
