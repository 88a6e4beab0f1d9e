"""What the governing body hands out: one document, written as a web page and as PDF.

A document is made of a few kinds of blocks, so that both say the same. Names to know: `Document`, `html.page`,
`pdf.paper`.

>>> from noren.governance.pages import Chapter, Document, Text
>>> from noren.governance.pages.html import page
>>> paper = Document("Plan", "Town", "en", "2026-11-26", [Chapter("aims", "Aims", [Text("Shade & water")])])
>>> "Shade &amp; water" in page(paper)
True
"""

from __future__ import annotations

from noren.governance.pages.blocks import (
    Block,
    Chapter,
    Document,
    Drawing,
    Facts,
    Heading,
    Items,
    Table,
    Text,
    chapter,
)
from noren.governance.pages.teller import Teller

__all__ = [
    "Block",
    "Chapter",
    "Document",
    "Drawing",
    "Facts",
    "Heading",
    "Items",
    "Table",
    "Teller",
    "Text",
    "chapter",
]
