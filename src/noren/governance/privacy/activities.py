"""What the city does with data, from the declarations: services that run, and each kind of data about people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from noren.contract import Declaration, Stage
from noren.governance.privacy.access import AUDIENCES, COLLECTORS, readable
from noren.governance.privacy.answers import ACTIVITY, FEW
from noren.governance.privacy.declarations import Definition
from noren.services import all_services
from noren.terms import TYPES, DataClass
from noren.trust import OWN, PURPOSES, Principal
from noren.trust import policy as rules
from noren.trust.consent.emergency import SHOWN

if TYPE_CHECKING:
    from noren.city import City

PARTICIPATION = "participation"


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is done with data. `personal` are the personal definitions that it touches; `readers` who may read
    them (`privacy.who.…`) by which kind of collector, `reads` and `writes` names of types."""

    id: str
    kind: Literal["service", "people"]
    title: dict[str, str]
    summary: dict[str, str]
    purpose: str
    purpose_words: dict[str, str]
    dpv: str
    functions: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    stage: str = ""
    owner: str = ""
    exit_test: str = ""
    gains: str = ""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    worst: str = "open"
    personal: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """What people must answer about it in `privacy.toml`."""
        return ACTIVITY if self.personal else FEW


def activities(city: City, declared: Sequence[Definition]) -> list[Activity]:
    """Services that run here, then each kind of data about people; by id."""
    services = [_service(city, each, declared) for each in at_work(city)]
    return [*services, *_people(city, declared)]


def at_work(city: City) -> list[Declaration]:
    """Services that are written, not retired and not switched off."""
    told = [each.declaration for each in all_services()]
    return [
        each
        for each in told
        if each.built and each.stage is not Stage.RETIRED and each.name not in city.config.services.off
    ]


def planned(city: City) -> list[Declaration]:
    """Services that are declared and do not run here."""
    running = {each.name for each in at_work(city)}
    return [each.declaration for each in all_services() if each.declaration.name not in running]


def _service(city: City, told: Declaration, declared: Sequence[Definition]) -> Activity:
    purpose, reads = PURPOSES[told.purpose], (*told.reads, *told.optional)
    touched = [each for each in declared if each.type in {*reads, *told.writes}]
    who = city.service(told)
    may = [each for each in _personal(touched) if _may(city, who, told.purpose, each)]
    return Activity(
        id=told.name,
        kind="service",
        title=told.title,
        summary=told.summary,
        purpose=told.purpose,
        purpose_words=purpose.meaning,
        dpv=purpose.dpv,
        functions=tuple(told.functions),
        layers=tuple(told.layers),
        stage=str(told.stage),
        owner=told.owner,
        exit_test=told.exit_test,
        gains=told.gains,
        reads=reads,
        writes=told.writes,
        worst=_worst(each for each in touched if not each.attribute),
        personal=tuple(each.name for each in may),
        readers=_readers(city, may),
    )


def _may(city: City, who: Principal, purpose: str, what: Definition) -> bool:
    return any(city.policy.may(who, purpose, "read", _asked(what, kind)) for kind in COLLECTORS)


def _asked(what: Definition, collector: str) -> rules.Definition:
    return rules.Definition(what.type, what.attribute, DataClass.PERSONAL, collector)


def _personal(declared: Iterable[Definition]) -> list[Definition]:
    return [each for each in declared if each.data_class == "personal" and each.type != "*"]


def _worst(declared: Iterable[Definition]) -> str:
    held = {each.data_class for each in declared}
    return next((name for name in ("personal", "operational") if name in held), "open")


def _people(city: City, declared: Sequence[Definition]) -> list[Activity]:
    found: dict[str, list[Definition]] = {}
    for each in _personal(declared):
        found.setdefault(each.type, []).append(each)
    return [_kept(city, name, held) for name, held in sorted(found.items())]


def _kept(city: City, name: str, held: list[Definition]) -> Activity:
    """Data of one type about people: whoever may hand it in, and who may read it."""
    is_voice = TYPES[name].domain == "civic"
    purpose = PURPOSES[PARTICIPATION if is_voice else OWN]
    return Activity(
        id=f"data-{name}",
        kind="people",
        title=TYPES[name].meaning,
        summary={},
        purpose=purpose.name,
        purpose_words=purpose.meaning,
        dpv=purpose.dpv,
        reads=(name,),
        writes=(name,),
        worst="personal",
        personal=tuple(each.name for each in held),
        readers=_readers(city, held),
    )


def _readers(city: City, held: Sequence[Definition]) -> tuple[str, ...]:
    found = []
    for audience in AUDIENCES:
        emergency = audience.ground.basis == "emergency"
        seen = [each for each in held if not emergency or each.name in SHOWN]
        for collector in COLLECTORS:
            if readable(city.policy, audience, [_asked(each, collector) for each in seen]):
                found.append(audience.name if collector == "government" else f"{audience.name}.company")
    return tuple(found)
