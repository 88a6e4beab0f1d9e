"""Documents and changes for tests."""

from __future__ import annotations

from typing import Any

from noren.store import Change

Doc = dict[str, Any]


def prop(value: Any, observed: str | None = None, **members: Any) -> Doc:
    """One instance."""
    instance = {"type": "Property", "value": value, **members}
    return instance | {"observedAt": observed} if observed else instance


def point(lon: float, lat: float) -> Doc:
    """One place."""
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


def doc(id: str, types: tuple[str, ...] = ("River",), modified: str = "2024-05-01T00:00:00Z", **attrs: Any) -> Doc:
    """One document."""
    return {
        "id": id,
        "type": list(types),
        "scope": [],
        "createdAt": modified,
        "modifiedAt": modified,
        "attrs": attrs,
    }


def put(document: Doc, data_class: int = 0, subject: bytes | None = None) -> Change:
    """Store this document whatever was there."""
    return Change(document["id"], lambda old: document, data_class, subject)


def patch(id: str, modified: str = "2024-05-02T00:00:00Z", **attrs: Any) -> Change:
    """Set some attributes, remove those that are None; nothing when the document is absent."""

    def apply(old: Doc | None) -> Doc | None:
        if old is None:
            return None
        merged = {k: v for k, v in (old["attrs"] | attrs).items() if v is not None}
        return {**old, "modifiedAt": modified, "attrs": merged}

    return Change(id, apply)


def remove(id: str) -> Change:
    """Delete it."""
    return Change(id, lambda old: None)


def refuse(id: str, error: Exception) -> Change:
    """A change that cannot be applied."""

    def apply(old: Doc | None) -> Doc | None:
        raise error

    return Change(id, apply)
