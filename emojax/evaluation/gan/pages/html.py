"""A GAN report as one HTML file: no script, nothing to fetch, its pictures inside."""

import base64
import html
from collections.abc import Iterable, Sequence
from typing import Final

from emojax.evaluation.gan import meaning as gan_meaning
from emojax.evaluation.gan.json_form import Check, Control, Figure, Report

_CSS: Final = """
:root { --ink: #1a202c; --soft: #5a6578; --line: #e2e8f0; --ground: #f7fafc; --real: #2b6cb0;
  --samples: #c05621; --good: #276749; --bad: #b83232; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 40px 28px 72px; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 8px; letter-spacing: -0.02em; }
h2 { font-size: 1.3rem; margin: 56px 0 6px; letter-spacing: -0.01em; }
p { margin: 6px 0 14px; max-width: 78ch; }
.soft, figcaption, small { color: var(--soft); }
section > figure { margin: 18px 0; background: #fff; border: 1px solid var(--line); border-radius: 12px;
  padding: 16px 18px 12px; }
figure h3 { margin: 0 0 10px; font-size: 1rem; }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure img.pixels { image-rendering: pixelated; border-radius: 8px; }
figcaption { font-size: 0.9rem; margin-top: 10px; max-width: 84ch; }
.side { display: grid; grid-template-columns: repeat(2, 1fr); gap: 18px; }
.side figure { margin: 0; background: #fff; border: 1px solid var(--line); border-radius: 12px;
  padding: 16px; }
.cards { display: grid; grid-template-columns: repeat(3, 1fr); gap: 14px;
  margin: 22px 0; }
.card { background: #fff; border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; }
.card b { display: block; font-size: 1.75rem; line-height: 1.2; color: var(--samples);
  font-variant-numeric: tabular-nums; }
.card span { font-weight: 600; }
.card small { display: block; margin-top: 4px; line-height: 1.4; }
.wide { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: 12px;
  margin: 16px 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.93rem; }
th, td { padding: 9px 14px; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
thead th { border-top: 0; background: #edf2f7; font-size: 0.8rem; text-transform: uppercase;
  letter-spacing: 0.04em; color: var(--soft); white-space: nowrap; }
td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td.number small { display: block; font-weight: 400; }
th.number { text-align: right; }
td.samples { color: var(--samples); font-weight: 600; }
td.real { color: var(--real); font-weight: 600; }
tr.group td { background: #f7fafc; font-weight: 600; }
.yes { color: var(--good); font-weight: 600; }
.no { color: var(--bad); font-weight: 600; }
footer { margin-top: 56px; padding-top: 18px; border-top: 1px solid var(--line); font-size: 0.88rem;
  color: var(--soft); }
@media (max-width: 760px) { .cards, .side { grid-template-columns: 1fr; } main { padding: 24px 14px 48px; } }
"""

_OF_FIRST: Final = ("copying_ratio", "coverage")
_PIXELS: Final = ("speckle", "outline")
"""The figures on top besides the main one: of the first extractor, and of pixels."""


def page(title: str, body: Iterable[str]) -> str:
    """A whole document around sections of HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_CSS}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def picture(title: str, png: bytes, caption: str, *, pixels: bool = False) -> str:
    """A picture inside the document; `pixels` keeps the edges of enlarged emoji crisp."""
    data = base64.b64encode(png).decode()
    kind = ' class="pixels"' if pixels else ""
    return (
        f"<figure><h3>{html.escape(title)}</h3>"
        f'<img{kind} alt="{html.escape(title)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def section(title: str, text: str, *parts: str) -> str:
    """A heading, a paragraph and what belongs to it."""
    return f"<section><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p>{''.join(parts)}</section>"


def heading(title: str, text: str) -> str:
    """The document's title and what it is about."""
    return f'<h1>{html.escape(title)}</h1><p class="soft">{html.escape(text)}</p>'


def footer(text: str) -> str:
    """What stands below everything."""
    return f"<footer>{html.escape(text)}</footer>"


def side_by_side(*figures: str) -> str:
    """Figures that are HTML already, in one row where there is room."""
    return f'<div class="side">{"".join(figures)}</div>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; all but the first column hold what is said in words."""
    head = "".join(f"<th>{cell}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def cell(text: str, kind: str = "") -> str:
    """A cell of `table`, of text that is HTML already.

    Args:
      text: what it holds.
      kind: its CSS class.
    """
    return f'<td class="{kind}">{text}</td>' if kind else f"<td>{text}</td>"


def cards(report: Report) -> str:
    """The main figures in large letters."""
    names = list(report.extractors)
    main = [f"kid/{name}" for name in names[:2]]
    found = []
    for key in (*main, *(f"{name}/{names[0]}" for name in _OF_FIRST), *_PIXELS):
        figure, what = report.figures[key], gan_meaning.meaning(key)
        real = "" if figure.real is None else f" Real emoji: {gan_meaning.shown(key, figure.real)}."
        found.append(
            f'<div class="card"><span>{html.escape(_title(key) if key in main else what.title)}</span>'
            f"<b>{gan_meaning.shown(key, figure.value)}</b>"
            f"<small>{_interval(key, figure)}{real} {gan_meaning.direction(key).capitalize()}.</small>"
            f"<small>{html.escape(what.means)}</small></div>"
        )
    return f'<div class="cards">{"".join(found)}</div>'


def figures(report: Report) -> str:
    """Every figure beside that of real emoji, with a sentence on what it says."""
    rows = []
    groups = [*((f"In the features of {name}", f"/{name}") for name in report.extractors), ("In pixels", "")]
    for title, suffix in groups:
        keys = [key for key in report.figures if (key.endswith(suffix) if suffix else "/" not in key)]
        rows.append([f'<td colspan="5">{html.escape(title)}</td>'])
        rows += [_row(key, report.figures[key]) for key in keys]
    marked = table(["Figure", "Samples", "Real emoji", "Better", "What it says"], rows)
    return marked.replace('<tr><td colspan="5">', '<tr class="group"><td colspan="5">')


def controls(found: Sequence[Control]) -> str:
    """Each control, what the judge had to see in it, and whether it did."""
    rows = []
    for control in found:
        checks = "<br>".join(map(_check, control.checks))
        verdict = cell("ranked right", "yes") if control.right else cell("ranked wrong", "no")
        name = f"<b>{html.escape(control.name)}</b><br><small>{html.escape(control.what)}</small>"
        rows.append([cell(name), cell(checks), verdict])
    return table(["Control", "What the judge must see", "Verdict"], rows)


def _check(check: Check) -> str:
    kind = "yes" if check.right else "no" if check.required else "soft"
    verb = "must be" if check.required else "is" if check.right else "is not"
    return (
        f'<span class="{kind}">{"✓" if check.right else "✗"}</span> '
        f"{html.escape(_title(check.figure))} {gan_meaning.shown(check.figure, check.value)}, {verb} "
        f"{html.escape(check.expected)} {gan_meaning.shown(check.figure, check.bound)}"
        + ("" if check.required else " <small>(not asked of it)</small>")
    )


def _row(key: str, figure: Figure) -> list[str]:
    what = gan_meaning.meaning(key)
    value = f"{gan_meaning.shown(key, figure.value)}<small>{_interval(key, figure)}</small>"
    return [
        cell(f"<b>{html.escape(what.title)}</b>"),
        cell(value, "number samples"),
        cell(gan_meaning.shown(key, figure.real), "number real"),
        cell(gan_meaning.direction(key).removesuffix(" is better")),
        cell(html.escape(what.means)),
    ]


def _interval(key: str, figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    low, high = (gan_meaning.shown(key, end, beside=figure.value) for end in (figure.low, figure.high))
    return f"{low} to {high}."


def _title(key: str) -> str:
    return gan_meaning.meaning(key).title + (f" ({key.split('/')[1]})" if "/" in key else "")
