"""A page of what a model relies on: bars, labels against blocks, the whole table.

Text is HTML and never inside a picture, so that it stays legible on a phone and in any font.
"""

from __future__ import annotations

from html import escape

from hpa_features.report.block_words import block_title
from hpa_features.report.importance import (
    BAR,
    COLOURS,
    FAINT,
    INK,
    MOST_BARS,
    Bar,
    Reliance,
    bar_colour,
    bar_range,
    figure,
)

_MOST_COLUMNS = 12

_STYLE = f"""
body {{ font: 16px/1.45 Helvetica, Arial, sans-serif; color: {INK}; max-width: 1000px;
  margin: 1.5em auto; padding: 0 1em; }}
h1 {{ font-size: 1.4em; overflow-wrap: anywhere; }} h2 {{ font-size: 1.2em; margin-top: 2em; }}
.note {{ color: {FAINT}; font-size: .93em; }}
.key {{ display: inline-block; width: .8em; height: .8em; margin-right: .4em; }}
.bars {{ list-style: none; padding: 0; }}
.bars li {{ display: grid; grid-template-columns: 24em 1fr 3.5em; column-gap: .8em;
  align-items: center; margin: .55em 0; }}
.bars b {{ font-weight: normal; text-align: right; overflow-wrap: anywhere; }}
.track {{ position: relative; height: 1.3em; }}
.track i {{ position: absolute; top: 0; height: 100%; }}
.track .spread {{ top: 50%; height: 1px; background: {INK}; }}
.track .zero {{ width: 1px; background: {INK}; height: calc(100% + 1em); top: -.5em; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
td, th {{ padding: .35em .6em; border-bottom: 1px solid #dde3e9; text-align: right;
  vertical-align: top; }}
th:first-child, td:first-child, .text {{ text-align: left; min-width: 9em; }}
.scale {{ display: inline-block; width: 8em; height: .8em;
  background: linear-gradient(to right, white, {BAR}); border: 1px solid {FAINT}; }}
@media (max-width: 700px) {{
  .bars li {{ grid-template-columns: 1fr 3.5em; }}
  .bars b {{ grid-column: 1 / 3; text-align: left; }}
  .track .zero {{ height: 100%; top: 0; }}
}}
"""


def importance_html(reliance: Reliance) -> str:
    """Return a page that stands alone."""
    title = escape(reliance.title)
    keys = "<br>".join(
        f"<span class='key' style='background:{colour}'></span>{escape(meaning)}"
        for colour, meaning in COLOURS
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style></head><body>
<h1>{title}</h1>
{_caution(reliance)}<p class="note">{escape(reliance.explanation)}</p>
<p>{keys}</p>
{_bars(reliance)}
<p class="note">{escape(reliance.note)}</p>
<h2>Which label needs which block</h2>
{_labels(reliance)}
<h2>All blocks</h2>
{_blocks(reliance)}
<p class="note">* Share of the total gain of all splits in training. It favours blocks with many
columns and includes overfitting. The example is the column of the block with the largest gain. A
block can also have a small loss because another one holds the same information.</p>
</body></html>
"""


def _caution(reliance: Reliance) -> str:
    text = reliance.caution
    return f"<p><b>{escape(text[0].upper() + text[1:])}</b></p>\n" if text else ""


def _bars(reliance: Reliance) -> str:
    bars = reliance.bars[:MOST_BARS]
    low, high = bar_range(bars)

    def share(value: float) -> float:
        return 100 * (value - low) / (high - low)

    def part(start: float, end: float, more: str) -> str:
        left, width = share(min(start, end)), abs(share(end) - share(start))
        return f"<i {more}left:{left:.2f}%;width:{width:.2f}%'></i>"

    rows = [
        f"<li><b>{number}. {escape(block_title(bar.block))}</b><span class='track'>"
        + part(0, bar.drop, f"class='bar' style='background:{bar_colour(bar)};")
        + part(bar.drop - bar.spread, bar.drop + bar.spread, "class='spread' style='")
        + f"<i class='zero' style='left:{share(0):.2f}%'></i></span><span>{figure(bar.drop)}</span>"
        for number, bar in enumerate(bars, start=1)
    ]
    return "\n".join(["<ol class='bars'>", *(f"{row}</li>" for row in rows), "</ol>"])


def _labels(reliance: Reliance) -> str:
    """Return labels against the strongest blocks, which have the numbers of their bars."""
    bars = reliance.bars[:_MOST_COLUMNS]
    strongest = max(1e-6, *(bar.label_drops[at] for bar in bars for at in reliance.counted))
    heads = "".join(
        f"<th title='{escape(block_title(bar.block), quote=True)}'>{number}</th>"
        for number, bar in enumerate(bars, start=1)
    )
    rows = [
        f"<tr><td>{escape(reliance.labels[at])}</td>"
        + "".join(_shade(bar.label_drops[at], strongest) for bar in bars)
        + "</tr>"
        for at in reliance.counted
    ]
    note = (
        "The same loss for each label; columns have the numbers of the bars. "
        "Shuffling can improve a score by chance: small values around zero are noise."
    )
    return "\n".join(
        [
            f"<p class='note'>{note}</p>",
            f"<p>0 <span class='scale'></span> {figure(strongest)}</p>",
            f"<div class='wide'><table><thead><tr><th></th>{heads}</tr></thead><tbody>",
            *rows,
            "</tbody></table></div>",
        ]
    )


def _shade(drop: float, strongest: float) -> str:
    share = min(1.0, max(0.0, drop / strongest))
    # From white to the colour of the bars, straight in RGB.
    whole = (int(BAR[at : at + 2], 16) for at in (1, 3, 5))
    red, green, blue = (round(255 - share * (255 - part)) for part in whole)
    text = "" if abs(drop) < 0.0005 else figure(drop)
    ink = "white" if share > 0.55 else INK
    return f"<td style='background:rgb({red},{green},{blue});color:{ink}'>{text}</td>"


def _blocks(reliance: Reliance) -> str:
    rows = "\n".join(_block_row(bar) for bar in reliance.bars)
    return (
        "<div class='wide'><table><thead><tr><th>block</th><th>columns</th><th>loss</th>"
        "<th>spread</th><th>gain*</th><th class='text'>for example</th>"
        f"<th class='text'>name</th></tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _block_row(bar: Bar) -> str:
    return (
        f"<tr><td>{escape(block_title(bar.block))}</td><td>{bar.columns:,}</td>"
        f"<td>{bar.drop:.4f}</td><td>±&nbsp;{bar.spread:.4f}</td><td>{bar.gain:.1%}</td>"
        f"<td class='text'>{escape(bar.example)}</td><td class='text'>{escape(bar.block)}</td></tr>"
    )
