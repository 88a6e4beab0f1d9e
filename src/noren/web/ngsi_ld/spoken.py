"""A context as a request speaks it: the terms, and how an answer names it."""

from __future__ import annotations

from typing import Any, NamedTuple

from noren.broker.contexts import Context


class Spoken(NamedTuple):
    """A context with how to name it: `link` for the header, `value` for "@context" in a body."""

    context: Context
    link: str
    value: Any


def is_own(url: str, base: str) -> bool:
    """Whether a URL names the city's own context, as this server hands it out."""
    return url in (f"{base}/context.jsonld", "/context.jsonld")
