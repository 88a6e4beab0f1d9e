"""A document as PDF on A4, tagged for screen readers, with its font embedded; needs the extra `plan` (Typst)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import msgspec

from noren.errors import Unavailable
from noren.extras import optional
from noren.governance.pages.blocks import Document, Drawing, plain

JAPANESE = (
    "BIZ UDPGothic",
    "BIZ UDGothic",
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "IPAexGothic",
    "IPAGothic",
    "TakaoPGothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
)
"""Fonts with Japanese letters that are known to print well, the best first."""
_ENGLISH = ("Libertinus Serif", "New Computer Modern")
_LONG = re.compile(r"[!-~]{40,}")


def paper(document: Document) -> bytes:
    """The document as PDF, the same bytes for the same document; PDF/UA-1 where fonts have all its letters.

    Raises `Unavailable` that says what to install when Typst, or a font with the letters of the text, is missing.
    """
    typst = optional("typst", "plan")
    content = msgspec.json.encode(_tidied(msgspec.to_builtins(document))).decode()
    chosen = fonts(typst.Fonts().families(), content)
    inputs = {"document": content, "fonts": msgspec.json.encode(chosen).decode()}
    source = (files(__package__) / "paper.typ").read_bytes()
    try:
        result: bytes = typst.compile(source, sys_inputs=inputs, pdf_standards="ua-1")
    except typst.TypstError:  # a letter that no font has leaves a box, which PDF/UA does not allow
        result = typst.compile(source, sys_inputs=inputs)
    return result


def fonts(there: Sequence[str], text: str) -> list[str]:
    """The fonts to set a text in, of those that are there; raises `Unavailable` when none has its letters.

    >>> fonts(["BIZ UDPGothic", "Libertinus Serif"], "町")
    ['BIZ UDPGothic', 'Libertinus Serif']
    """
    found = [name for name in JAPANESE if name in there][:1]
    if not found and any(_is_japanese(c) for c in text):
        raise Unavailable(
            "No font with Japanese letters is installed, so the PDF cannot be set.",
            where="PDF",
            hint="On Debian or Ubuntu: apt-get install fonts-noto-cjk. Elsewhere install BIZ UDPGothic.",
        )
    return found + [name for name in _ENGLISH if name in there]


def _is_japanese(letter: str) -> bool:
    return ord(letter) > 0x2E7F and unicodedata.east_asian_width(letter) in "WF"


def _tidied(value: Any) -> Any:
    """Texts that can be printed; a break is allowed within what is longer than a column. Drawings stay as they are."""
    if isinstance(value, str):
        return _LONG.sub(lambda found: "\u200b".join(re.findall(".{1,20}", found[0])), plain(value))
    if isinstance(value, dict):
        drawn = Drawing.__struct_config__.tag
        return {
            key: each if key == "svg" and value.get("type") == drawn else _tidied(each) for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_tidied(each) for each in value]
    return value
