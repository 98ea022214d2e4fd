"""The `hpa-feat` program: the list of commands, and the one place where errors become exit codes.

Exit codes: 0 done, 1 nothing useful done, 2 usage, 3 done but some fields failed,
130 interrupted, 143 terminated (SIGTERM).
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Annotated

import typer

from hpa_feat_cli import (
    ablate,
    audit,
    demo,
    doctor,
    evaluate,
    evaluate_masks,
    explain,
    export,
    extract,
    features,
    importance,
    manifest,
    merge,
    predict,
    report,
    segment,
    simulate,
    status,
    train,
    view,
    weights,
)
from hpa_feat_cli.config_file import at_home
from hpa_feat_cli.console import Console, print_error
from hpa_feat_cli.options import EVERY_COMMAND, collect_groups, expand_groups
from hpa_features import __version__
from hpa_features.core.errors import HpaFeatError, UsageError
from hpa_features.core.nearest import did_you_mean

INTERRUPTED = 130
TERMINATED = 128 + signal.SIGTERM

app = typer.Typer(
    name="hpa-feat",
    help="Measure four-channel confocal images of cells and predict protein locations.",
    epilog="Example: hpa-feat extract images/ -o features",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


_CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"hpa-feat {__version__}")
        raise typer.Exit


def register(name: str, function: Callable[..., int | None], example: str) -> None:
    """Add `function(console, …)` as a command; it gets the options that every command has."""

    @functools.wraps(function)
    def call(
        *, context: typer.Context, quiet: bool, verbose: bool, as_json: bool, **own: object
    ) -> int:
        del own["debug"], own["config"]  # read by `run` and by the option's callback
        typed = ("hpa-feat", *(context.obj or ()))
        console = Console(quiet=quiet, verbose=verbose, as_json=as_json, typed=typed)
        try:
            return function(console, **collect_groups(parameters, own)) or 0
        finally:
            console.close()  # gives the cursor back, whatever happened

    parameters = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    options = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for each in (*expand_groups(parameters), *EVERY_COMMAND, _CONTEXT)
    ]
    vars(call)["__signature__"] = inspect.Signature(options)  # what Typer reads
    call.__annotations__ = {each.name: each.annotation for each in options}
    first_line = (inspect.getdoc(function) or "").split("\n", 1)[0]  # whole, not cut to the window
    app.command(name, short_help=first_line, epilog=f"Example: {example}")(call)


# One line a command, in the order of the help page: register("name", module.function, "example")
register("manifest", manifest.manifest, "hpa-feat manifest images/ -o images.csv")
register("segment", segment.segment, "hpa-feat segment images/ -o masks --preview pictures")
register("extract", extract.extract, "hpa-feat extract images/ -o features")
register("train", train.train, "hpa-feat train features labels.csv -o model")
register("predict", predict.predict, "hpa-feat predict model images/ -o predictions.csv")
register("evaluate", evaluate.evaluate, "hpa-feat evaluate predictions.csv labels.csv")
register(
    "evaluate-masks",
    evaluate_masks.evaluate_masks,
    "hpa-feat evaluate-masks masks reference -o agreement.csv",
)
register("merge", merge.merge, "hpa-feat merge plate1 plate2 -o plates")
register("status", status.status, "hpa-feat status features")
register("importance", importance.importance, "hpa-feat importance model -o importance.csv")
register("report", report.report, "hpa-feat report model -o report.html")
register("explain", explain.explain, "hpa-feat explain model images/ --id field1")
register("ablate", ablate.ablate, "hpa-feat ablate features labels.csv -o ablation")
register("view", view.view, "hpa-feat view images/ --labels labels.csv -o sheet.png")
register("export", export.export, "hpa-feat export features -o cells.h5ad")
register("features", features.features, "hpa-feat features Nuclei_Landmark_RimPeak_Protein_Median")
register("audit", audit.audit, "hpa-feat audit train/ --against test/ -o audit")
register("simulate", simulate.simulate, "hpa-feat simulate -o simulated --fields 100")
register("demo", demo.demo, "hpa-feat demo -o demo")
register("doctor", doctor.doctor, "hpa-feat doctor cellpose")
register("weights", weights.weights, "hpa-feat weights --download nuclei cyto3")


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; nothing but the result goes to stdout."""
    debug = "--debug" in arguments
    try:
        _refuse_undecodable(arguments)
        outcome = app(
            args=[_at_home(each) for each in arguments] or ["--help"],
            prog_name="hpa-feat",
            standalone_mode=False,
            obj=arguments,
        )
    except HpaFeatError as error:
        if debug:
            traceback.print_exc()
        print_error(error.message, error.hint)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        outcome = INTERRUPTED
    except SystemExit as stop:  # Typer's answer to a reader that closed the pipe
        return stop.code if isinstance(stop.code, int) else 1
    except Exception as error:  # noqa: BLE001  (a user never meets a traceback unasked)
        return _unexpected(error, debug=debug)
    if outcome == INTERRUPTED:
        print_error("interrupted.")
    return outcome if isinstance(outcome, int) else 0


def _refuse_undecodable(arguments: list[str]) -> None:
    """Refuse paths that are not UTF-8: models and run.json could not record them."""
    for argument in arguments:
        if not argument.isprintable() and any("\ud800" <= each <= "\udfff" for each in argument):
            raise UsageError(
                f"{argument!r} is not UTF-8 text.",
                hint="Rename the file or folder (convmv -f latin1 -t utf8 --notest FILE).",
            )


def _at_home(argument: str) -> str:
    option, equals, path = argument.partition("=")
    if equals and option.startswith("--"):
        return f"{option}={_at_home(path)}"
    return at_home(argument)


def _usage_message(error: Exception, message: str) -> str:
    """Return Typer's message in one line, with the nearest option or choice."""
    message = " ".join(message.split()).replace(" Value error, ", " ")
    message = re.sub(r"Input should be a valid (\w+).*", r"not a valid \1.", message)
    wrong = getattr(error, "option_name", None)
    if wrong is not None:
        command = getattr(getattr(error, "ctx", None), "command", None)
        parameters = getattr(command, "params", ())
        options = [option for each in parameters for option in each.opts if option[:2] == "--"]
        return f"No such option: {wrong}. {did_you_mean(wrong, options)}".rstrip()
    choice = re.search(r"'([^']*)' is not one of ('.*')", message)
    if choice is not None:
        choices = re.findall(r"'([^']+)'", choice[2])
        message += f" {did_you_mean(choice[1], choices)}"
    return message.rstrip()


def _unexpected(error: Exception, *, debug: bool) -> int:
    format_usage = getattr(error, "format_message", None)
    if format_usage is not None:  # Typer's usage errors; their class moved between its versions
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "hpa-feat"
        print_error(_usage_message(error, str(format_usage())), f"See: {command} --help")
        return 2
    if debug:
        traceback.print_exc()
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else "the result cannot be written: "
        print_error(
            f"{where}{error.strerror}.",
            "Check that the path can be read and written, and that the disk is not full.",
        )
        return 1
    print_error(
        f"unexpected {type(error).__name__}: {' '.join(str(error).split())}",
        "Run the same command with --debug to see where, and report it.",
    )
    return 1


def _open_closed_streams() -> None:
    """Give a process that was started without stdin, stdout or stderr empty ones.

    Otherwise the next file opened would take their place and what is printed. Stdout is opened
    for reading: a result for a closed stdout is an error, never lost in silence.
    """
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)
            setattr(sys, name, os.fdopen(descriptor, "r" if name == "stdin" else "w"))


def _interrupt_on_termination() -> list[int]:
    """Let SIGTERM do what Ctrl-C does, and return a list that it is then added to.

    Batch systems and containers send it before they kill: finished work is kept and workers end.
    """
    received: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        received.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, interrupt)
    return received


def main() -> None:
    """Run the command line of this process."""
    _open_closed_streams()
    terminated = _interrupt_on_termination()
    code = run(sys.argv[1:])
    if terminated and code == INTERRUPTED:
        code = TERMINATED
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or _unexpected(error, debug=False)
        # Python tries once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
