"""Compiles JSON-LD context documents into a table from term to IRI, following JSON-LD 1.1, section 4.2.

Left out on purpose: scoped contexts and `@reverse`, which NGSI-LD forbids or cannot use; `@import`; and whatever says
how values are typed, which NGSI-LD decides by the kind of attribute.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import msgspec

from noren.errors import BadInput

_WORDS = """@base @container @context @direction @graph @id @import @included @index @json @language @list @nest @none
@prefix @propagate @protected @reverse @set @type @value @version @vocab"""
KEYWORDS = frozenset(_WORDS.split())
DEPTH = 16
_KEYWORD_LIKE = re.compile(r"@[A-Za-z]+\Z")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S*\Z")

Loader = Callable[[str], Any]
"""Gives the document behind a URL; raises `UnknownContext`."""


class Table(msgspec.Struct):
    """Terms with their IRIs (None: taken away), those that may stand before a colon, and the default vocabulary."""

    terms: dict[str, str | None] = {}
    prefixes: set[str] = set()
    vocabulary: str | None = None

    def expand(self, name: str) -> str | None:
        """IRI of a name by this table; None for one that means nothing here."""
        if name in self.terms:
            return self.terms[name]
        if name.startswith("@"):
            return name
        prefix, colon, rest = name.partition(":")
        if colon and prefix:
            base = self.terms.get(prefix) if prefix in self.prefixes and not rest.startswith("//") else None
            if base is not None:
                return base + rest
            if _ABSOLUTE.match(name):
                return name
        return None if self.vocabulary is None else self.vocabulary + name


def compile_context(value: Any, load: Loader, base: str = "") -> Table:
    """The table of an @context value: URL, object, or array of these; URLs in it are relative to `base`.

    Raises `BadInput` for a context that is none, and whatever `load` raises.
    """
    table = Table()
    try:
        _apply(table, value, load, base, ())
    except RecursionError:
        raise BadInput("The terms lean on one another too deeply.", where=f"@context {base}".strip()) from None
    return table


def _apply(table: Table, value: Any, load: Loader, base: str, open_urls: tuple[str, ...]) -> None:
    if value is None:
        table.terms, table.prefixes, table.vocabulary = {}, set(), None
    elif isinstance(value, list):
        for part in value:
            if isinstance(part, list):
                raise BadInput("Arrays in an @context do not nest.", where=f"@context {base}".strip())
            _apply(table, part, load, base, open_urls)
    elif isinstance(value, str):
        _apply_remote(table, urljoin(base, value), load, open_urls)
    elif isinstance(value, dict):
        _Definitions(table, value).run()
    else:
        raise BadInput("An @context is a URL, an object, or an array of these.", where=f"@context {base}".strip())


def _apply_remote(table: Table, url: str, load: Loader, open_urls: tuple[str, ...]) -> None:
    if url in open_urls or len(open_urls) > DEPTH:
        raise BadInput(f"The @context {url} leads back to itself.", where="@context")
    document = load(url)
    if not isinstance(document, dict):
        raise BadInput(f"{url} is not a JSON-LD context document.", where="@context")
    _apply(table, document.get("@context", {}), load, url, (*open_urls, url))


class _Definitions:
    """One context object on its way into a table; a definition may lean on one that stands after it."""

    def __init__(self, table: Table, local: dict[str, Any]) -> None:
        self.table, self.local = table, local
        self.done: dict[str, bool] = {}

    def run(self) -> None:
        if "@vocab" in self.local:
            self.table.vocabulary = self.vocabulary(self.local["@vocab"])
        for term in self.local:
            if term not in KEYWORDS:
                self.define(term)

    def vocabulary(self, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadInput("The @vocab of an @context must be an IRI.", where="@context, @vocab")
        return self.iri(value) or value

    def define(self, term: str) -> None:
        if term in self.done:
            if not self.done[term]:
                raise BadInput(f"The term “{term}” is defined by itself.", where="@context")
            return
        self.done[term] = False
        self.table.terms.pop(term, None)
        self.table.prefixes.discard(term)
        self._set(term, self.local[term])
        self.done[term] = True

    def _set(self, term: str, value: Any) -> None:
        simple = value is None or isinstance(value, str)
        definition = {"@id": value} if simple else value
        if not isinstance(definition, dict):
            raise BadInput(f"The term “{term}” has no valid definition.", where="@context", hint="Give it an IRI.")
        if "@context" in definition:
            raise BadInput(
                f"The term “{term}” brings a context of its own.",
                where="@context",
                hint="NGSI-LD does not admit scoped contexts; define its terms at the top.",
            )
        if "@reverse" in definition:
            return
        iri = self._address(term, definition)
        self.table.terms[term] = iri
        ends = iri is not None and (iri[-1:] in ":/?#[]@" or iri.startswith("_:"))
        if definition.get("@prefix", simple and ends and not re.search("[:/]", term)):
            self.table.prefixes.add(term)

    def _address(self, term: str, definition: dict[str, Any]) -> str | None:
        if "@id" in definition and definition["@id"] != term:
            address = definition["@id"]
            if address is not None and not isinstance(address, str):
                raise BadInput(f"The @id of “{term}” is no text.", where="@context")
            if address is None or (_KEYWORD_LIKE.match(address) and address not in KEYWORDS):
                return None
            return self._absolute(term, self.iri(address))
        prefix, colon, rest = term.partition(":")
        if colon and prefix:
            if prefix in self.local:
                self.define(prefix)
            return (self.table.terms.get(prefix) or f"{prefix}:") + rest
        return self._absolute(term, None if self.table.vocabulary is None else self.table.vocabulary + term)

    def _absolute(self, term: str, iri: str | None) -> str:
        if iri is None or not (":" in iri or iri in KEYWORDS):
            raise BadInput(f"The term “{term}” does not lead to an IRI.", where="@context", hint="Give it a whole IRI.")
        return iri

    def iri(self, value: str) -> str | None:
        """Expand a value of this context, defining what it leans on first."""
        if value in KEYWORDS:
            return value
        prefix, colon, _ = value.partition(":")
        for needed in {value, prefix} if colon else {value}:
            if needed in self.local and needed not in KEYWORDS and not self.done.get(needed):
                self.define(needed)
        return self.table.expand(value)
