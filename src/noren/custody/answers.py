"""The body of an answer: written by a custodian, read by the city, which takes nothing that it did not ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from noren.broker import forms
from noren.broker.contexts import Context
from noren.errors import BadInput, NorenError, Unproven
from noren.store.query import Doc

ANY = frozenset[str]()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one source: attributes by type (IRIs; none named: all), ids (none: any), how many entities.
    `people` holds by the pseudonym of each person what of them may be told; None where nobody's data is asked for."""

    types: Mapping[str, frozenset[str]]
    ids: tuple[str, ...] = ()
    conditions: Mapping[str, str] = {}
    limit: int
    people: Mapping[str, Mapping[str, frozenset[str]]] | None = None


class Held(msgspec.Struct, frozen=True):
    """One entity of an answer, and the pseudonym of the person whom it is about ("" for nobody)."""

    doc: Doc
    subject: str = ""


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    entities: list[dict[str, Any]]
    subjects: list[str] = []


class MoreThanAsked(Unproven):
    """A custodian answered with what it was not asked for: it is cut off until somebody has looked into it."""


def write(held: Sequence[Held], context: Context) -> bytes:
    """The body of an answer: entities in normalized form, all names by the core context, and whom each is about."""
    subjects = [one.subject for one in held] if any(one.subject for one in held) else []
    return msgspec.json.encode(_Body([forms.render(one.doc, context) for one in held], subjects))


def read(body: bytes, part: Part, context: Context) -> list[Held]:
    """The entities of a custodian's answer. Raises `BadInput` for what is no answer at all, `MoreThanAsked` for another
    type, attribute, id or person than was asked for, or for more entities."""
    try:
        found = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput("The answer cannot be read.", where=str(error)[:200]) from error
    if len(found.entities) > part.limit:
        raise MoreThanAsked("The answer holds more entities than were asked for.")
    if len(found.subjects) != (len(found.entities) if part.people is not None else 0):
        raise MoreThanAsked("The answer does not say, entity by entity, whom it is about.")
    docs = [_parsed(entity, context) for entity in found.entities]
    held = [Held(*pair) for pair in zip(docs, found.subjects or [""] * len(docs), strict=True)]
    for one in held:
        _check(one, part)
    return held


def read_plain(body: bytes, part: Part, context: Context) -> list[Held]:
    """The entities of any NGSI-LD source's answer; what was not asked for is passed over, since such a source may know
    its entities by further types. Raises `BadInput` for what is no list of entities."""
    try:
        found = msgspec.json.decode(body, type=list[dict[str, Any]] | dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInput("The answer cannot be read.", where=str(error)[:200]) from error
    docs = [_parsed(entity, context) for entity in (found if isinstance(found, list) else [found])[: part.limit]]
    wanted = (doc for doc in docs if not part.types.keys().isdisjoint(doc["type"]))
    return [Held(_narrowed(doc, part)) for doc in wanted if not part.ids or doc["id"] in part.ids]


def _parsed(entity: dict[str, Any], context: Context) -> Doc:
    entity.pop("@context", None)
    try:
        return forms.parse_entity(entity, context)
    except NorenError as error:
        raise BadInput("The answer holds what is no entity.", where=error.what) from error


def _check(one: Held, part: Part) -> None:
    types = part.types
    if part.people is not None:
        if one.subject not in part.people:
            raise MoreThanAsked("The answer is about somebody who was not asked about.")
        types = part.people[one.subject]
    if not all(kind in types for kind in one.doc["type"]):
        raise MoreThanAsked("The answer holds a type that was not asked for.", where=", ".join(one.doc["type"]))
    if beyond := one.doc["attrs"].keys() - allowed(one.doc["type"], types, one.doc["attrs"]):
        raise MoreThanAsked("The answer holds attributes that were not asked for.", where=", ".join(sorted(beyond)))
    if part.ids and one.doc["id"] not in part.ids:
        raise MoreThanAsked("The answer holds an entity that was not asked for.")


def allowed(kinds: Iterable[str], types: Mapping[str, frozenset[str]], attributes: Iterable[str]) -> set[str]:
    """Of the attributes of an entity of these kinds, those that each of its types lets through."""
    sets = [types.get(kind, ANY) for kind in kinds]
    return {name for name in attributes if all(not each or name in each for each in sets)}


def _narrowed(doc: Doc, part: Part) -> Doc:
    kinds = [kind for kind in doc["type"] if kind in part.types]
    seen = allowed(kinds, part.types, doc["attrs"])
    return {**doc, "attrs": {name: value for name, value in doc["attrs"].items() if name in seen}}
