"""A document as one web page that asks nobody for anything: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files

from noren.governance.pages.blocks import Block, Chapter, Document, Drawing, Facts, Heading, Items, Table, Text, plain

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""What a browser may do with the page: nothing but its own style."""
_TONES = {"plain": "", "note": ' class="note"', "missing": ' class="missing"'}


def page(document: Document) -> str:
    """The document as HTML; every word in it is escaped."""
    contents = "".join(f'<li><a href="#{_e(c.id)}">{_e(c.title)}</a></li>' for c in document.chapters)
    return (
        f'<!doctype html>\n<html lang="{_e(document.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_e(document.title)} – {_e(document.city)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n"
        f'<header>\n<p class="city">{_e(document.city)}</p>\n<h1>{_e(document.title)}</h1>\n'
        f'<p class="note">{_e(document.subtitle)}</p>\n<p class="date">{_e(document.date)}</p>\n</header>\n'
        f'<nav aria-label="{_e(document.contents)}">\n<h2>{_e(document.contents)}</h2>\n<ol>{contents}</ol>\n</nav>\n'
        f"<main>\n{''.join(map(_chapter, document.chapters))}</main>\n</body>\n</html>\n"
    )


@cache
def _style() -> str:
    return (files(__package__) / "page.css").read_text("utf-8")


def _e(words: str) -> str:
    return escape(plain(words))


def _lines(words: str) -> str:
    return _e(words).replace("\n", "<br>")


def _chapter(chapter: Chapter) -> str:
    inner = "".join(map(_block, chapter.blocks))
    return f'<section id="{_e(chapter.id)}">\n<h2>{_e(chapter.title)}</h2>\n{inner}</section>\n'


def _block(block: Block) -> str:
    match block:
        case Heading(words):
            return f"<h3>{_e(words)}</h3>\n"
        case Text(words, tone):
            return f"<p{_TONES[tone]}>{_lines(words)}</p>\n"
        case Items(words):
            return "<ul>" + "".join(f"<li>{_lines(each)}</li>" for each in words) + "</ul>\n"
        case Facts(rows):
            pairs = (f"<div><dt>{_e(label)}</dt><dd>{_lines(said)}</dd></div>" for label, said in rows)
            return "<dl>" + "\n".join(pairs) + "</dl>\n"
        case Drawing(svg, words):
            drawn = f'<figure role="img" aria-label="{_e(words)}">{svg}</figure>'
            return f'<div class="scroll" tabindex="0" role="region" aria-label="{_e(words)}">{drawn}</div>\n'
        case _:
            return _table(block)


def _table(table: Table) -> str:
    def row(cells: list[str], tag: str) -> str:
        return "<tr>" + "".join(_cell(tag, i in table.numbers, cell) for i, cell in enumerate(cells)) + "</tr>"

    body = "\n".join(row(cells, "td") for cells in table.rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_e(table.caption)}"><table>'
        f"<caption>{_e(table.caption)}</caption>\n<thead>{row(table.head, 'th')}</thead>\n<tbody>{body}</tbody>"
        "</table></div>\n"
    )


def _cell(tag: str, is_number: bool, words: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    right = ' class="number"' if is_number else ""
    return f"<{tag}{scope}{right}>{_lines(words)}</{tag}>"
