"""A document as files: the web page, and the PDF beside it."""

from __future__ import annotations

from pathlib import Path

from noren.governance.pages import html, pdf
from noren.governance.pages.blocks import Document


def written(document: Document, stem: Path, *, page_only: bool = False) -> list[Path]:
    """Write `stem`.html and, unless the page alone is wanted, `stem`.pdf; the files. Raises `Unavailable` as
    `pdf.paper` does, before anything is written."""
    made = {"html": html.page(document).encode()} | ({} if page_only else {"pdf": pdf.paper(document)})
    stem.parent.mkdir(parents=True, exist_ok=True)
    files = {stem.with_name(f"{stem.name}.{ending}"): content for ending, content in made.items()}
    for path, content in files.items():
        path.write_bytes(content)
    return list(files)
