"""Texts are plain technical English: none has a word that an engineer would not use."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hpa_feat_cli.app import app
from typer.main import get_command

ROOT = Path(__file__).resolve().parents[2]
PAGES = tuple(
    path.relative_to(ROOT).as_posix()
    for folder in (".", "docs")
    for path in ROOT.glob(f"{folder}/*.md")
)

# Each pattern, and what to write instead.
DIALECT = {
    r"sa(?:y|ys|id|ying)": "report, print, state",
    r"tell(?:s|ing)?|told": "report, show, distinguish, summarise",
    r"mend(?:s|ed|ing)?": "fix",
    r"anew": "again",
    r"beside": "next to, compared with",
    r"sp(?:eak|eaks|oke|oken) of": "match, mention",
    r"teach(?:es|ing)?|taught": "fit, train",
    r"dealt": "shuffled, split",
    r"otherwise than": "differs from",
    r"verdicts?": "result, confirmed",
    r"worth": "performance, useful",
    r"le(?:ft|ave|aves|aving)(?: \w+)? out": "exclude, omit",
    r"pass(?:es|ed|ing)?(?: \w+)? over": "exclude, ignore",
    r"go(?:es|ing)? on|went on": "continue, resume",
    r"likeliest": "most probable",
    r"(?:is|are|was|be) no": "is not a",
    r"of ours": "of hpa-feat",
    r"doubt(?:s|ed)?": "contradict, possible error",
    r"(?:had|has|have) (?:not|never) seen|never saw|has seen": "held-out, out-of-fold",
    r"whole way": "all steps, workflow",
    r"outshines?": "is brighter than",
    r"lamp": "illumination",
    r"blind to": "invariant to",
    r"look(?:s|ed)? (?:through|over)": "review",
    r"answers?": "prediction, result",
    r"unasked": "without --debug",
    r"holds? the truth": "contains the true value",
}
# Phrases in which such a word is meant.
ALLOWED = ("left-out", "there is no", "there are no", "of no")


def found_in(text):
    """Return the words of the list in a text, with what to write instead."""
    text = " ".join(text.split())
    for phrase in ALLOWED:
        text = re.sub(re.escape(phrase), "", text, flags=re.IGNORECASE)
    return {
        match[0]: instead
        for pattern, instead in DIALECT.items()
        for match in re.finditer(rf"\b(?:{pattern})\b", text, flags=re.IGNORECASE)
    }


def help_texts():
    """Yield a name and the help of the program, of every command, and of every option."""
    program = get_command(app)
    yield "hpa-feat", program.help
    for name, command in program.commands.items():
        yield name, command.help
        for option in command.params:
            yield f"{name} {option.name}", option.help


HELP = dict(help_texts())


def test_every_option_of_every_command_has_a_help_text():
    assert [name for name, text in HELP.items() if not text] == []


@pytest.mark.parametrize("name", HELP)
def test_help_is_plain_english(name):
    assert found_in(HELP[name]) == {}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_plain_english(page):
    text = re.sub(r"`[^`\n]+`", "", (ROOT / page).read_text(encoding="utf-8"))  # names, commands
    assert found_in(text) == {}


def strings_of(path):
    """Yield the line and text of every string of a module, docstrings without names of code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (each.value if isinstance(each, ast.Constant) else "…" for each in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_docstring = id(node) in docstrings
            text = re.sub(r"`[^`\n]+`", "", node.value) if is_docstring else node.value
            yield node.lineno, text


MODULES = [*sorted((ROOT / "hpa_features").rglob("*.py")), *sorted((ROOT / "cli").rglob("*.py"))]


def test_messages_reports_and_docstrings_are_plain_english():
    found = {
        f"{path.relative_to(ROOT)}:{line}": words
        for path in MODULES
        for line, text in strings_of(path)
        if " " in text and (words := found_in(text))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the file says so", ["says"]),
        ("they were told apart", ["told"]),
        ("leave it out", ["leave it out"]),
        ("There is no nucleus.", []),
        ("an essay", []),
    ],
)
def test_words_of_the_list_are_found_as_whole_words(text, words):
    assert list(found_in(text)) == words
