"""What a camera says, on its way in: counts, speeds and events pass; whatever could be a picture, an identity or a
track is refused, on every way in alike. What may pass stands in `terms/eyes.csv`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from noren.broker.forms.checks import known_instant
from noren.errors import BadInput
from noren.store.query import Doc
from noren.terms import ATTRIBUTES, iri
from noren.terms.eyes import CAMERA, INCIDENTS, MEASURED, WAYS, Rule, Rules, oddity, rules

_VALUES = ("value", "object", "languageMap")
_MEMBERS = frozenset({*_VALUES, "type", "unitCode", "observedAt", "createdAt", "modifiedAt", "instanceId", "datasetId"})
_CATEGORY, _LOCATION, _NAME = iri("category"), iri("location"), iri("name")
_OBSERVED, _FROM, _TO = iri("dateObserved"), iri("dateObservedFrom"), iri("dateObservedTo")
_NAMES = {attribute.iri: name for name, attribute in ATTRIBUTES.items()}
_HINT = "A camera reports counts, speeds and events; what may come in stands in docs/eyes.md."


class Sifted(msgspec.Struct, frozen=True):
    """A series sifted: what may be kept, and why the rest may not, by attribute with the number of rows."""

    good: pa.Table
    refused: tuple[tuple[str, str, int], ...]


def rules_of(types: Iterable[str], attrs: Mapping[str, Any]) -> Rules | None:
    """The rules for an entity of these types (IRIs) with these attributes; None where no camera is concerned."""
    return rules(tuple(types), _is_camera(attrs.get(_CATEGORY)))


def admit(before: Doc | None, after: Doc) -> None:
    """Raise `BadInput` unless an entity that shall stand holds only what a camera may say; any other entity passes."""
    found = rules_of(after["type"], after["attrs"])
    if found is None:
        return
    if not found.attributes:
        raise _refused(f"Nothing of the type {found.types[0]} comes in.", "type")
    _named(after)
    _timed(found, after["attrs"])
    stood = before["attrs"] if before and rules_of(before["type"], before["attrs"]) is found else {}
    for name, held in after["attrs"].items():
        if stood.get(name) is not held:  # what was not touched stays the same object
            admit_instances(found, name, [held] if isinstance(held, dict) else held)
    _period(found, after["attrs"])
    _still(before, after)


def admit_instances(found: Rules, name: str, instances: Sequence[Any]) -> None:
    """Raise `BadInput` unless these instances of an attribute (IRI) may be kept of entities that `found` holds for."""
    rule = found.attributes.get(name)
    if rule is None:
        raise _refused(f"{found.types[0]} has no {_short(name)}.", _short(name))
    for instance in instances:
        if why := _wrong(found, rule, instance):
            raise _refused(why, _short(name))


def sift(kind: str, series: pa.Table) -> Sifted:
    """A series of a type (IRI; columns as `View.record` takes them) parted into what may be kept and what may not."""
    found = rules((kind,))
    if found is None:
        return Sifted(series, ())
    refused: list[tuple[str, str, int]] = []
    keep = pc.is_valid(series["observed"])
    for name in pc.unique(series["attribute"]).to_pylist():
        here = pc.equal(series["attribute"], name)
        rule = found.attributes.get(iri(name))
        for why, good in _tests(found, name, rule, series):
            wrong = pc.and_(pc.and_(here, keep), pc.invert(good))
            if count := pc.sum(wrong).as_py():
                refused.append((name, why, count))
                keep = pc.and_(keep, pc.invert(wrong))
    return Sifted(series.filter(keep), tuple(refused))


def require(kind: str, series: pa.Table) -> None:
    """Raise `BadInput` when something in a series may not be kept."""
    for name, why, count in sift(kind, series).refused:
        raise _refused(f"{why} ({count} readings)", name)


def _tests(found: Rules, name: str, rule: Rule | None, series: pa.Table) -> Iterator[tuple[str, Any]]:
    none = pc.is_null(series["observed"])  # every reading has a time: nothing passes
    if rule is None or rule.form not in ("count", "number"):
        yield f"{found.types[0]} has no readings of {name}.", none
        return
    if "value" in series.column_names:
        yield "A reading is a number.", pc.is_null(series["value"])
    number = pc.fill_null(pc.cast(series["number"], pa.float64()), 0.0)
    if rule.form == "count":
        yield "A count is a whole number.", pc.equal(number, pc.floor(number))
    low, high = rule.lowest or 0.0, rule.highest if rule.highest is not None else float("inf")
    yield _range(rule), pc.and_(pc.greater_equal(number, low), pc.less_equal(number, high))
    if found.grain:
        micros = pc.cast(pc.cast(series["observed"], pa.timestamp("us", "UTC")), pa.int64())
        step = found.grain * 1_000_000
        yield _fine(found.grain), pc.equal(pc.multiply(pc.divide(micros, step), step), micros)


def _wrong(found: Rules, rule: Rule, instance: Any) -> str:
    """Why an instance may not be kept, "" when it may."""
    if not isinstance(instance, dict):
        return "It is no value."
    if instance.get("datasetId") is not None:
        return "One attribute has one value: no series by datasetId."
    if not instance.keys() <= _MEMBERS:
        return f"A value has nothing beside it, not even {_short(min(instance.keys() - _MEMBERS))}."
    if len(instance.get("unitCode") or "") > 3:
        return "A unit is a code of at most three letters."
    observed = instance.get("observedAt")
    if observed is not None and rule.form == "place":
        return "A place has no time: what moves would be a track."
    if observed is not None and not _on_grain(observed, found.grain):
        return _fine(found.grain)
    return _unfit(rule, found.grain, next((instance[v] for v in _VALUES if v in instance), None))


def _unfit(rule: Rule, grain: int, value: Any) -> str:
    value = value.get("@value", value) if isinstance(value, dict) else value
    match rule.form:
        case "count" | "number":
            return _no_number(rule, value)
        case "yes or no":
            return "" if isinstance(value, bool) else "It is true or false, nothing else."
        case "incident":
            return "" if value in INCIDENTS else f"An incident is one of: {', '.join(INCIDENTS)}."
        case "way":
            return "" if value in WAYS else f"A direction is one of: {', '.join(WAYS)}."
        case "time":
            return "" if _on_grain(value, grain) else _fine(grain)
        case "place":
            return "" if isinstance(value, dict) and set(value) <= {"type", "coordinates"} else "It is a bare geometry."
        case _:
            return _no_words(value, thing=rule.form == "thing")


def _no_number(rule: Rule, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "It is a number, nothing else."
    if rule.form == "count" and value != int(value):
        return "A count is a whole number."
    low, high = rule.lowest, rule.highest
    return _range(rule) if (low is not None and value < low) or (high is not None and value > high) else ""


def _no_words(value: Any, *, thing: bool) -> str:
    leaves = list(_leaves(value))
    if len(leaves) > 20 or any(not isinstance(leaf, str) for leaf in leaves):
        return "It is a few words, nothing else."
    for leaf in leaves:
        if odd := oddity(leaf.rsplit(":", 1)[-1] if thing else leaf):
            return f"It looks like {odd}."
    return ""


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _named(after: Doc) -> None:
    """The id and the scope name a place, not somebody."""
    local = after["id"].rsplit(":", 1)[-1]
    if (odd := oddity(local)) and not _made_of(local, _plain(after["attrs"].get(_NAME))):
        raise _refused(f"It looks like {odd}.", "id")
    for text in after.get("scope", ()):
        if odd := oddity(text):
            raise _refused(f"It looks like {odd}.", "scope")


def _made_of(local: str, name: Any) -> bool:
    """Whether an id is the digest of a name without Latin letters, which `noren add` makes and which looks odd."""
    return isinstance(name, str) and local == hashlib.blake2s(name.encode(), digest_size=6).hexdigest()


def _timed(found: Rules, attrs: Mapping[str, Any]) -> None:
    """What was counted says when, beside the value or for the entity."""
    if not found.timed or any(name in attrs for name in (_OBSERVED, _FROM, _TO)):
        return
    for name, held in attrs.items():
        rule = found.attributes.get(name)
        if rule and rule.form in MEASURED and isinstance(held, dict) and "observedAt" not in held:
            raise _refused("It does not say when it was observed.", _short(name), "Give it observedAt.")


def _period(found: Rules, attrs: Mapping[str, Any]) -> None:
    begin, end = (_moment(_plain(attrs.get(name))) for name in (_FROM, _TO))
    if found.grain and begin and end and (end - begin).total_seconds() < found.grain:
        raise _refused(f"It counts over less than {found.grain} seconds.", "dateObservedTo")


def _still(before: Doc | None, after: Doc) -> None:
    """What moves would be a track: a place once stated stays."""
    old = _plain(before["attrs"].get(_LOCATION)) if before else None
    if old is not None and old != _plain(after["attrs"].get(_LOCATION)):
        raise _refused("Its place was stated and does not move.", "location", "Delete the entity to place it anew.")


def _plain(held: Any) -> Any:
    value = held.get("value") if isinstance(held, dict) else None
    return value.get("@value", value) if isinstance(value, dict) else value


def _moment(value: Any) -> datetime | None:
    """A time; one without a zone is taken for UTC, of which only the grain is asked."""
    known = None
    if isinstance(value, str):
        known = known_instant(value) or known_instant(value + "Z")
    return datetime.fromisoformat(known.replace("Z", "+00:00")) if known else None


def _on_grain(value: Any, grain: int) -> bool:
    return isinstance(value, str) and _text_on_grain(value, grain)


@lru_cache(8192)
def _text_on_grain(text: str, grain: int) -> bool:
    found = _moment(text)
    return found is not None and (not grain or found.timestamp() % grain == 0)


def _fine(grain: int) -> str:
    return f"It is a time that is a whole multiple of {grain} seconds." if grain else "It is a point in time."


def _range(rule: Rule) -> str:
    return f"It is outside {rule.lowest:g} to {rule.highest:g}."


def _is_camera(held: Any) -> bool:
    words = _leaves([one.get("value") for one in (held if isinstance(held, list) else [held]) if isinstance(one, dict)])
    return any(isinstance(word, str) and CAMERA in word.casefold() for word in words)


def _short(name: str) -> str:
    return _NAMES.get(name) or name.rsplit("/", 1)[-1]


def _refused(why: str, where: str, hint: str = _HINT) -> BadInput:
    return BadInput(why, where=where, hint=hint)
