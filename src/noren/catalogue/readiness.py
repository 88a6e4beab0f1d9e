"""Which services a city could run today, and which one dataset would help most.

Declarations come as data (the catalogue knows no service) and are compared with what the city holds. Each service is
in exactly one state:

- **runs**: it is built, not retired and switched on; every type that it reads is there with the attributes that it
  needs; and what it waits for (`on`) is fresh.
- **could run**: it is built and all its data is there, but it is retired, not switched on, or waits for readings
  that are stale. The reason says which.
- **lacks**: it is built, and a type that it reads, or an attribute that it needs of one, is not there. `lacks` names
  the types.
- **not built**: it is declared and nobody has written it yet. `lacks` says what it would lack besides; when that is
  empty, its data is waiting for it.

A type is *there* when one entity at least has every attribute needed of it. It is *stale* when its newest reading is
older than six of its usual intervals, and than six hours, by the city's clock. Optional reads never decide a state.

The dataset that would **help most** is the missing type with the highest sum, over the services that lack it, of
the service's weight divided by how many types it lacks; a service not yet built counts a quarter, because data alone
does not make it run. The weight is the sum over the issue categories it serves of `weights` (open issues; 1 where
none is given). Names to know: `readiness`, `matrix`, `Known`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from noren.contract import Declaration, Function, Layer, Stage
from noren.errors import NotAllowed
from noren.messages import say
from noren.terms import TYPES
from noren.trust.purposes import PURPOSES

if TYPE_CHECKING:
    from noren.view import View

State = Literal["runs", "could run", "lacks", "not built"]
LANGUAGES = ("en", "ja")
_UNBUILT = 0.25
_OWN = frozenset({"Dataset", "Feed", "Alert"})
_INTERVALS = 6
_SOON = timedelta(hours=6)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the city knows of a type: whether any entity is there, its newest reading and usual interval in seconds."""

    there: bool
    missing: tuple[str, ...] = ()
    newest: datetime | None = None
    interval: float | None = None

    def stale(self, now: datetime) -> bool:
        """Whether its readings stopped; what was never observed (a building) is never stale."""
        if self.newest is None:
            return False
        return now - self.newest > max(timedelta(seconds=_INTERVALS * (self.interval or 0)), _SOON)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one service stands in this city; `missing` names attributes by type, `reason` is by language."""

    declaration: Declaration
    state: State
    lacks: tuple[str, ...] = ()
    missing: dict[str, tuple[str, ...]] = {}
    stale: tuple[str, ...] = ()
    reason: dict[str, str] = {}
    weight: float = 1.0


class Best(msgspec.Struct, frozen=True):
    """The missing type that would help most, the services that wait for it, and its score."""

    type: str
    services: tuple[str, ...]
    score: float


def assess(
    declaration: Declaration,
    known: Mapping[str, Known],
    now: datetime,
    *,
    running: Container[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Standing:
    """State of one service, from what is `known` of each type that it reads; `running` None means: all are on."""
    lacks = tuple(each for each in declaration.reads if not known[each].there)
    stale = tuple(each for each in declaration.on if each in known and known[each].there and known[each].stale(now))
    is_on = declaration.stage is not Stage.RETIRED and (running is None or declaration.name in running)
    state = _state(declaration, bool(lacks), bool(stale), is_on)
    return Standing(
        declaration=declaration,
        state=state,
        lacks=lacks,
        missing={each: known[each].missing for each in lacks if known[each].missing},
        stale=stale,
        reason=_reason(declaration, state, lacks, stale),
        weight=sum((weights or {}).get(each, 1.0) for each in declaration.serves) or 1.0,
    )


def _state(declaration: Declaration, lacks: bool, stale: bool, is_on: bool) -> State:
    if not declaration.built:
        return "not built"
    if lacks:
        return "lacks"
    return "runs" if is_on and not stale else "could run"


def _reason(declaration: Declaration, state: State, lacks: Sequence[str], stale: Sequence[str]) -> dict[str, str]:
    key = {"runs": "runs", "lacks": "lacks", "not built": "unbuilt-lacks" if lacks else "unbuilt"}.get(state)
    if key is None:
        key = "stale" if stale else "retired" if declaration.stage is Stage.RETIRED else "off"
    types = lacks or stale
    return {each: say(each, f"readiness.{key}", types=_listed(types, each)) for each in LANGUAGES}


def _listed(types: Iterable[str], language: str) -> str:
    between = "、" if language == "ja" else ", "
    return between.join(TYPES[each].meaning.get(language, each) if each in TYPES else each for each in types)


def best(standings: Iterable[Standing]) -> Best | None:
    """The missing type that would help most; None when nothing is missing. Ties go to the first by name.

    What comes about in the city itself (its catalogue, its residents' voice) is nothing that somebody could bring.
    """
    scores: dict[str, float] = {}
    waiting: dict[str, list[str]] = {}
    for each in standings:
        if each.declaration.stage is Stage.RETIRED:
            continue
        for missing in each.lacks:
            if missing in _OWN or (missing in TYPES and TYPES[missing].domain == "civic"):
                continue
            share = each.weight / len(each.lacks) * (1.0 if each.declaration.built else _UNBUILT)
            scores[missing] = scores.get(missing, 0.0) + share
            waiting.setdefault(missing, []).append(each.declaration.name)
    if not scores:
        return None
    first = min(scores, key=lambda each: (-scores[each], each))
    return Best(first, tuple(waiting[first]), round(scores[first], 3))


async def readiness(
    view: View,
    declarations: Iterable[Declaration],
    *,
    running: Container[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> list[Standing]:
    """How each declared service stands in the city that `view` shows; `running` names those switched on (None: all).

    What the view's principal may not read counts as not there.
    """
    declared = list(declarations)
    needed = _needed(declared)
    intervals = await _intervals(view)
    known = {
        key: await _look(view, key[0], key[1], observed=key[0] in _waited(declared), intervals=intervals)
        for key in needed
    }
    return [
        assess(
            each,
            {read: known[read, each.needs.get(read, ())] for read in each.reads},
            view.now(),
            running=running,
            weights=weights,
        )
        for each in declared
    ]


def _needed(declared: Iterable[Declaration]) -> set[tuple[str, tuple[str, ...]]]:
    return {(read, each.needs.get(read, ())) for each in declared for read in each.reads}


def _waited(declared: Iterable[Declaration]) -> set[str]:
    return {name for each in declared for name in each.on}


async def _intervals(view: View) -> dict[str, float]:
    """Shortest usual interval of the datasets that hold each type, in seconds."""
    found: dict[str, float] = {}
    try:
        async for dataset in view.find("Dataset"):
            for name in _texts(dataset.get("entityTypes")):
                if interval := dataset.get("interval"):
                    found[name] = min(found.get(name, interval), interval)
    except NotAllowed:
        return {}
    return found


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


async def _look(
    view: View, name: str, attributes: tuple[str, ...], *, observed: bool, intervals: Mapping[str, float]
) -> Known:
    if not await _any(view, name, attributes):
        missing = [each for each in attributes if not await _any(view, name, (each,))] if attributes else []
        return Known(there=False, missing=tuple(missing))
    newest = await _newest(view, name, attributes) if observed else None
    return Known(there=True, newest=newest, interval=intervals.get(name))


async def _any(view: View, name: str, attributes: tuple[str, ...]) -> bool:
    try:
        async for _ in view.find(name, q=";".join(attributes), limit=1):
            return True
    except NotAllowed:
        return False
    return False


async def _newest(view: View, name: str, attributes: Sequence[str]) -> datetime | None:
    """Newest reading of a type that services wait for, by the attributes needed or else all its numbers."""
    numbers = [each.name for each in TYPES[name].attributes.values() if each.kind == "number"] if name in TYPES else []
    found: list[datetime] = []
    for attribute in attributes or numbers:
        readings = await view.series(name, attribute, last=1)
        found += [each for each in readings.column("observed").to_pylist() if each]
    return max(found, default=None)


async def matrix(
    view: View,
    declarations: Iterable[Declaration],
    *,
    running: Container[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """The 3 x 11 matrix as data for the portal: layers, functions, a card per service, and what would help most."""
    return table(await readiness(view, declarations, running=running, weights=weights))


def table(standings: Sequence[Standing]) -> dict[str, Any]:
    """The matrix of services whose standing is known."""
    helps = best(standings)
    return {
        "layers": [each.value for each in Layer],
        "functions": [each.value for each in Function],
        "services": [card(each) for each in standings],
        "best": {"type": helps.type, "services": list(helps.services), "score": helps.score} if helps else None,
    }


def card(standing: Standing) -> dict[str, Any]:
    """One service for the portal: its declaration in plain JSON with its state and the reason for it."""
    declared = standing.declaration
    purpose = PURPOSES.get(declared.purpose)
    return {
        "name": declared.name,
        "title": declared.title or {"en": declared.name.replace("_", " ")},
        "summary": declared.summary,
        "purpose": declared.purpose,
        "purposeMeaning": purpose.meaning if purpose else {},
        "reads": list(declared.reads),
        "optional": list(declared.optional),
        "writes": list(declared.writes),
        "functions": [each.value for each in declared.functions],
        "layers": [each.value for each in declared.layers],
        "stage": declared.stage.value,
        "state": standing.state,
        "lacks": list(standing.lacks),
        "missing": {key: list(each) for key, each in standing.missing.items()},
        "reason": standing.reason,
        "serves": list(declared.serves),
        "measures": list(declared.measures),
        "owner": declared.owner,
        "exitTest": declared.exit_test,
        "ends": declared.ends.isoformat() if declared.ends else None,
        "cost": declared.cost,
        "gains": declared.gains,
    }
