"""Templates → pages that stand alone: style and script inside, allowed by their hashes only."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

_PACKAGE = "hpa_features.report.pages"


def render(template: str, **content: object) -> str:
    """Return the page of a template that extends ``base.html.jinja``.

    Every text in `content` is escaped. The page may load nothing and run nothing: its
    Content-Security-Policy allows images within the page and the house's own style and script by
    their sha256, so a text that got past the escaping would still do nothing.

    Parameters
    ----------
    template
        Its file name.
    content
        What the template names; a name that is missing is an error.
    """
    style, script = _asset("pages.css"), _asset("pages.js")
    page = _environment().get_template(template)
    return page.render(policy=_policy(style, script), style=style, script=script, **content)


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def _asset(name: str) -> str:
    return files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("hpa_features.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "percent": percent, "code": code, "short": short}
    return environment


def figure(value: float | None, digits: int = 3) -> str:
    """Return a number with that many decimals, without the sign of a zero; – where undefined."""
    if value is None or value != value:  # noqa: PLR0124  (NaN)
        return "–"
    return f"{round(value, digits) + 0.0:.{digits}f}"


def short(value: float) -> str:
    """Return a number of any size with three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def percent(share: float) -> str:
    """Return a share as whole per cent; below one, with a decimal."""
    return f"{share:.1%}" if 0 < share < 0.01 else f"{share:.0%}"


def code(text: str) -> Markup:
    """Return a text in which what stands between backticks is set as code."""
    parts = re.split(r"`([^`]*)`", text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    )
