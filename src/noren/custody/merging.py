"""One answer of several: entities of the same id become one, by the rules of CIM 009, 4.3.6 and 4.5.5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from noren.broker.joining import listed
from noren.custody.sources import Source
from noren.store.query import Doc


def merged(local: Sequence[Doc], others: Iterable[tuple[Source, Sequence[Doc]]]) -> list[Doc]:
    """Local documents first, then those of the sources in their order; an auxiliary source only adds what is missing,
    and what is registered exclusively or redirected is not taken from the city's own."""
    found = {doc["id"]: doc for doc in local}
    ranked = sorted(others, key=lambda pair: pair[0].mode == "auxiliary")
    for source, docs in ranked:
        for doc in docs:
            standing = found.get(doc["id"])
            found[doc["id"]] = doc if standing is None else joined(standing, doc, supplement=source.mode == "auxiliary")
    return list(found.values())


def without(docs: Sequence[Doc], sources: Iterable[Source]) -> list[Doc]:
    """The city's own documents without what is held by somebody else alone (4.3.6.3)."""
    proxies = [source for source in sources if source.mode in ("exclusive", "redirect")]
    return [kept for doc in docs if (kept := _left(doc, proxies)) is not None] if proxies else list(docs)


def joined(standing: Doc, other: Doc, *, supplement: bool = False) -> Doc:
    """Both documents in one. Of two instances of an attribute with the same datasetId the one observed last is taken,
    of those never observed, or at the same time, the standing one."""
    attrs = dict(standing["attrs"])
    for name, value in other["attrs"].items():
        if name not in attrs:
            attrs[name] = value
        elif not supplement:
            attrs[name] = _newest(attrs[name], value)
    types = list(dict.fromkeys([*standing["type"], *other["type"]]))
    return {**other, **standing, "type": types, "attrs": attrs}


def _newest(standing: Any, other: Any) -> Any:
    chosen = {one.get("datasetId"): one for one in listed(standing)}
    for one in listed(other):
        rival = chosen.get(one.get("datasetId"))
        if rival is None or _observed(one) > _observed(rival):
            chosen[one.get("datasetId")] = one
    found = list(chosen.values())
    return found[0] if len(found) == 1 else found


def _observed(one: dict[str, Any]) -> str:
    """Time of observation without the "Z", so that a whole second sorts before its fractions; "" for never."""
    return str(one.get("observedAt", "")).removesuffix("Z")


def _left(doc: Doc, proxies: Iterable[Source]) -> Doc | None:
    for source in proxies:
        for offer in source.offers:
            if offer.names(doc["id"]) and (not offer.type or offer.type in doc["type"]):
                if not offer.attributes:
                    return None
                attrs = {name: value for name, value in doc["attrs"].items() if name not in offer.attributes}
                doc = {**doc, "attrs": attrs}
    return doc
