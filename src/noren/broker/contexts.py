"""From names to IRIs and back, by any JSON-LD @context that the city holds; nothing is ever fetched.

>>> context = ContextRegistry().get({"speed": "https://example.org/speed"})
>>> context.expand("speed"), context.compact("https://example.org/speed")
('https://example.org/speed', 'speed')
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from noren.broker.termtable import Loader, Table, compile_context
from noren.errors import BadInput, UnknownContext
from noren.terms import ATTRIBUTES
from noren.terms import context as own

INDEX = "INDEX.json"
_SPECIAL = {"relation": "Relationship", "relations": "Relationship", "language": "LanguageProperty"}
_REMEMBERED_NAMES = 4_000
_REMEMBERED_CONTEXTS = 500
_CORE = re.compile(
    r"https?://(uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(-v\d+(\.\d+)*)?\.jsonld"
    r"|forge\.etsi\.org/\S*/ngsi-ld-core-context(-v\d+(\.\d+)*)?\.jsonld)\Z"
)
_NAME = re.compile(r"[^\W\d_][^\s\x00-\x1f<>\"'=;()\[\]{}|,\\^`/#?*+&%$!~]*\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+\Z")
_RESERVED = """id type scope createdAt modifiedAt deletedAt expiresAt observedAt datasetId instanceId unitCode lang
objectType valueType previousValue previousObject previousObjectList previousValueList previousLanguageMap
previousVocab previousJson entity entityList"""
_NOT_FOR_ATTRIBUTES = frozenset(_RESERVED.split())


def is_core(url: object) -> bool:
    """Whether a URL names the core context, of whichever version."""
    return isinstance(url, str) and _CORE.match(url) is not None


class _Remembered(dict[str, str]):
    """Answers of one function by name; forgets all when full, so that callers cannot fill the memory."""

    def __init__(self, work: Any) -> None:
        super().__init__()
        self.work = work

    def __missing__(self, name: str) -> str:
        answer: str = self.work(name)
        if len(self) >= _REMEMBERED_NAMES:
            self.clear()
        self[name] = answer
        return answer


class Context:
    """A compiled @context, the core behind it. `value` is what to write as "@context" beside data compacted by it.

    `attribute(name)` and `kind(name)` are `expand` for names of attributes and entity types, which NGSI-LD restricts.
    `kinds` says of which kind a simplified value is meant to be, where the terms know better than its looks.
    """

    def __init__(self, table: Table, value: Any, kinds: Mapping[str, str] = MappingProxyType({})) -> None:
        self.table, self.value, self.kinds = table, value, kinds
        self._names = _reversed(table)
        self._prefixes = sorted((iri, name) for name in table.prefixes if (iri := table.terms.get(name)))
        self.attribute = _Remembered(self._attribute).__getitem__
        self.kind = _Remembered(self._kind).__getitem__
        self.compact = _Remembered(self._compact).__getitem__

    def expand(self, name: str) -> str:
        """IRI of a name; raises `BadInput` for a name that the context takes away."""
        iri = self.table.expand(name)
        if iri is None:
            raise BadInput(f"The @context gives “{name}” no meaning.", where=name, hint="Use another name.")
        return iri

    def _attribute(self, name: str) -> str:
        if name in _NOT_FOR_ATTRIBUTES or name.startswith("@"):
            raise BadInput(f"“{name}” cannot be the name of an attribute: it means something else in NGSI-LD.")
        return self._valid(name, "attribute")

    def _kind(self, name: str) -> str:
        return self._valid(name, "entity type")

    def _valid(self, name: str, what: str) -> str:
        if not isinstance(name, str) or not (_NAME.match(name) or _URI.match(name)):
            raise BadInput(
                f"“{name}” cannot be the name of an {what}.",
                hint="Begin with a letter; go on with letters, digits or _; or give a whole URI.",
            )
        return self.expand(name)

    def _compact(self, iri: str) -> str:
        if name := self._names.get(iri):
            return name
        vocabulary = self.table.vocabulary
        if vocabulary and iri.startswith(vocabulary) and self.table.expand(iri[len(vocabulary) :]) == iri:
            return iri[len(vocabulary) :]
        options = [
            f"{name}:{iri[len(base) :]}" for base, name in self._prefixes if iri.startswith(base) and iri != base
        ]
        kept = [option for option in options if self.table.expand(option) == iri]
        return min(kept, key=lambda option: (len(option), option), default=iri)


def _reversed(table: Table) -> dict[str, str]:
    names: dict[str, str] = {}
    for name in sorted(table.terms, key=lambda name: (len(name), name)):
        iri = table.terms[name]
        if iri and not iri.startswith("@"):
            names.setdefault(iri, name)
    return names


@cache
def _core_table() -> Table:
    return compile_context(own.core(), _nothing)


def _nothing(url: str) -> Any:
    raise UnknownContext(f"The @context {url} is not known here.", hint=f"noren context add {url} FILE")


def _behind(table: Table) -> Table:
    core = _core_table()
    return Table(
        {**table.terms, **core.terms},
        (table.prefixes - core.terms.keys()) | core.prefixes,
        core.vocabulary or table.vocabulary,
    )


class ContextRegistry:
    """The contexts that a city holds: the core, its own (known by the URLs `own_urls`), and those added to `folder`.

    `folder/INDEX.json` maps URL to file name; it is read when the registry is made.
    """

    def __init__(self, folder: Path | None = None, own_urls: Iterable[str] = ()) -> None:
        self.folder = folder
        self.own_urls = set(own_urls)
        self._files: dict[str, str] = {}
        self._documents: dict[str, Any] = {}
        self._compiled: dict[bytes, Context] = {}
        if folder is not None and (folder / INDEX).is_file():
            self._files = _read(folder / INDEX, dict[str, str])
        self.core = Context(_core_table(), own.CORE_URL)
        self.city = Context(
            _behind(compile_context(own.city(), _nothing)),
            own.document()["@context"],
            {name: _SPECIAL[term.kind] for name, term in ATTRIBUTES.items() if term.kind in _SPECIAL},
        )

    def get(self, value: Any = None) -> Context:
        """The context of an "@context" value or Link URL; None gives the city's own.

        Raises `UnknownContext` for a URL that was never added, `BadInput` for a context that is none.
        """
        if value is None:
            return self.city
        if isinstance(value, str) and value in self.own_urls:
            return self.city
        if is_core(value):
            return self.core
        try:
            key = hashlib.sha256(msgspec.json.encode(value)).digest()
        except (TypeError, ValueError, RecursionError):
            raise BadInput("An @context is a URL, an object, or an array of these.", where="@context") from None
        context = self._compiled.get(key)
        if context is None:
            context = self._compile(value)
            if len(self._compiled) >= _REMEMBERED_CONTEXTS:
                self._compiled.clear()
            self._compiled[key] = context
        return context

    def _compile(self, value: Any) -> Context:
        parts = value if isinstance(value, list) else [value]
        loader: Loader = self.document
        table = compile_context([part for part in parts if not is_core(part)], loader)
        return Context(_behind(table), value)

    def document(self, url: str) -> Any:
        """The JSON-LD document behind `url`; raises `UnknownContext`, or `BadInput` for a file that is damaged."""
        if is_core(url):
            return {"@context": own.core()}
        if url in self.own_urls:
            return own.document()
        if url not in self._documents:
            if self.folder is None or url not in self._files:
                _nothing(url)
            self._documents[url] = _read(self.folder / self._files[url], Any)  # type: ignore[operator]
        return self._documents[url]

    def urls(self) -> list[str]:
        """URLs of the contexts that were added."""
        return sorted(self._files | self._documents)

    def add(self, url: str, document: Any) -> None:
        """Keep `document` as the context behind `url`, on disk where there is a folder; replaces an earlier one.

        Raises `BadInput` when it does not compile, `UnknownContext` when it leans on a context that is not held.
        """
        if not isinstance(document, dict) or "@context" not in document:
            raise BadInput("This is not a JSON-LD context document.", where=url, hint='It needs a member "@context".')
        compile_context(document["@context"], self.document, url)
        self._documents[url] = document
        self._compiled.clear()
        if self.folder is not None:
            self._files[url] = self._files.get(url) or _file_name(url, set(self._files.values()))
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(self.folder / self._files[url], document)
            _write(self.folder / INDEX, self._files)

    def remove(self, url: str) -> bool:
        """Forget an added context; False when there was none."""
        file = self._files.pop(url, None)
        found = self._documents.pop(url, None) is not None or file is not None
        self._compiled.clear()
        if file is not None and self.folder is not None:
            _write(self.folder / INDEX, self._files)
            (self.folder / file).unlink(missing_ok=True)
        return found


def _file_name(url: str, taken: set[str]) -> str:
    stem = re.sub(r"[^A-Za-z0-9]+", "-", re.sub(r"^https?://", "", url)).strip("-")[-100:] or "context"
    names = (f"{stem}{f'-{number}' if number else ''}.jsonld" for number in range(len(taken) + 1))
    return next(name for name in names if name not in taken)


def _read(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise BadInput(
            "The file of an added @context is gone.", where=str(path), hint="Add the @context again."
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(f"This is not JSON: {error}", where=str(path), hint="Add the @context again.") from None


def _write(path: Path, value: Any) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(value)))
    part.replace(path)
