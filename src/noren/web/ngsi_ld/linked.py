"""Linked entities, within those that name them or behind them (CIM 009, 4.5.23), of what the caller may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, get_args

from noren.broker import forms
from noren.broker.contexts import Context
from noren.broker.forms import Form
from noren.broker.joining import listed as instances_of
from noren.broker.requests import TooManyResults
from noren.errors import BadInput
from noren.store.query import Doc
from noren.view import View
from noren.web.ngsi_ld.parameters import Parameters, listed, number

DEEPEST, MOST = 5, 1000
Style = Literal["inline", "flat"]
_MEMBERS = {"Relationship": ("object", "entity"), "ListRelationship": ("objectList", "entityList")}
"""By kind: where ids stand, and where the entities go."""


class Join(NamedTuple):
    """How linked entities are shown, how many steps away, and which were met before and are not shown again."""

    style: Style
    levels: int
    met: frozenset[str]


def wanted(parameters: Parameters) -> Join | None:
    """What `join`, `joinLevel` and `containedBy` ask for; None for nothing."""
    style, levels = parameters.get("join", "@none"), number(parameters, "joinLevel", 1) or 1
    met = frozenset(forms.uri(id, "parameter containedBy") for id in listed(parameters, "containedBy"))
    if style == "@none":
        return None
    if style not in get_args(Style):
        raise BadInput(f"“{style}” is no way to join.", where="parameter join", hint="Use inline, flat or @none.")
    if levels > DEEPEST:
        raise BadInput(f"At most {DEEPEST} levels are followed.", where="parameter joinLevel", hint="Ask step by step.")
    return Join(style, levels, met)  # type: ignore[arg-type]


async def joined(view: View, docs: Sequence[Doc], context: Context, form: Form, join: Join) -> list[Doc]:
    """The documents, each with linked entities inside, or ("flat") followed by them; none stands within itself."""
    known = await _reached(view, docs, form, join)
    if join.style == "inline":
        return [_within(doc, known, context, form, join.levels, join.met | {doc["id"]}) for doc in docs]
    first = {doc["id"] for doc in docs}
    return [*docs, *(doc for id, doc in known.items() if id not in first)]


async def _reached(view: View, docs: Iterable[Doc], form: Form, join: Join) -> dict[str, Doc]:
    """Linked entities by id, step by step; raises `TooManyResults` beyond a thousand."""
    known: dict[str, Doc] = {}
    for _ in range(join.levels):
        ids = {id for doc in docs for id in _targets(doc, form)} - join.met - known.keys()
        if len(known) + len(ids) > MOST:
            raise TooManyResults(f"More than {MOST} entities are linked.", hint="Ask for fewer levels or entities.")
        docs = (await view.retrieve(sorted(ids), tuple(form.attrs or form.pick or ()), tuple(form.omit or ()))).docs
        known |= {doc["id"]: doc for doc in docs}
    return known


def _targets(doc: Doc, form: Form) -> Iterator[str]:
    for name, held in doc["attrs"].items():
        if forms.is_shown(name, form):
            for instance in instances_of(held):
                yield from _ids(instance)


def _ids(instance: dict[str, Any]) -> list[str]:
    held = instance.get(_MEMBERS.get(instance["type"], ("", ""))[0], [])
    return held if isinstance(held, list) else [held]


def _within(doc: Doc, known: dict[str, Doc], context: Context, form: Form, levels: int, above: frozenset[str]) -> Doc:
    if not levels:
        return doc

    def shown(id: str) -> Any:
        inner = _within(known[id], known, context, form, levels - 1, above | {id})
        return forms.render(inner, context, form)

    def filled(instance: dict[str, Any]) -> dict[str, Any]:
        ids = _ids(instance)
        if not any(id in known and id not in above for id in ids):
            return instance
        found = [shown(id) if id in known and id not in above else id for id in ids]
        entities = found if form.style == "simplified" else [one for one in found if isinstance(one, dict)]
        member, place = _MEMBERS[instance["type"]]
        return {**instance, place: entities if isinstance(instance[member], list) else entities[0]}

    attrs = dict(doc["attrs"])
    for name, held in attrs.items():
        if forms.is_shown(name, form):
            attrs[name] = [filled(one) for one in held] if isinstance(held, list) else filled(held)
    return {**doc, "attrs": attrs}
