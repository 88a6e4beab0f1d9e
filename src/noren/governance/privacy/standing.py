"""What stands besides the declarations: recipients in force, what must be kept by law, what can be commanded, eyes, how
people sign in. Counts only, and small ones are held back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from noren.commands import plan
from noren.trust.purposes import meaning
from noren.view.erasing import Retained, retention

if TYPE_CHECKING:
    from noren.city import City

FEWEST = 10
"""Fewer consents than this are not told: somebody could be recognised."""


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient in force, what it may be allowed, and the consents that stand: None when fewer than `FEWEST`."""

    organisation: str
    name: dict[str, str]
    kind: str
    contact: str
    purposes: tuple[str, ...]
    attributes: tuple[str, ...]
    until: datetime
    consents: int | None

    @property
    def purpose_words(self) -> list[dict[str, str]]:
        """Its purposes in words."""
        return [meaning(name) for name in self.purposes]


class Commanded(msgspec.Struct, frozen=True, kw_only=True):
    """A class of devices that can be set: how many, what of them, and of how many a second person must approve."""

    kind: str
    count: int
    settings: tuple[dict[str, str], ...]
    needs_two: int


class Eyes(msgspec.Struct, frozen=True, kw_only=True):
    """What bounds cameras and counts of people: how many cameras are known, whose movements may be counted, what a day
    and a month may cost (rho), and whether the law on searching is the packaged one: no search at all."""

    cameras: int = 0
    populations: tuple[str, ...] = ()
    contributions: int = 0
    day: float = 0.0
    month: float = 0.0
    nobody_searches: bool = True


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `settings` are measures that the city's settings turn on; `providers` and `production` say how people
    sign in, None where the settings do not know of it."""

    recipients: tuple[Receiver, ...] = ()
    retained: tuple[Retained, ...] = ()
    commands: tuple[Commanded, ...] = ()
    interlocks: int = 0
    eyes: Eyes = Eyes()
    settings: frozenset[str] = frozenset()
    production: bool | None = None
    providers: tuple[str, ...] = ()


async def standing(city: City) -> Standing:
    """Read what stands; raises `BadInput` for a file of the city that does not hold."""
    wired, config = plan.read(city.folder), city.config
    identity: Any = getattr(config, "identity", None)
    on = {"officer": config.vault.officer, "flow": config.flow.populations, "commands": wired.actuators}
    return Standing(
        recipients=tuple(each for tenant in city.tenants() for each in _receivers(city, tenant)),
        retained=tuple(retention(city.folder)),
        commands=tuple(_commanded(wired, kind) for kind in wired.kinds()),
        interlocks=len(wired.interlocks),
        eyes=await _eyes(city),
        settings=frozenset(name for name, value in on.items() if value),
        production=getattr(config, "production", None),
        providers=tuple(str(getattr(each, "issuer", each)) for each in getattr(identity, "providers", ())),
    )


def _receivers(city: City, tenant: str) -> list[Receiver]:
    register = city.office.recipients
    return [
        Receiver(
            organisation=each.application.organisation,
            name=each.application.name,
            kind=each.application.kind,
            contact=each.application.contact,
            purposes=tuple(sorted(each.application.purposes)),
            attributes=tuple(sorted(each.application.attributes)),
            until=datetime.fromtimestamp(each.until, UTC),
            consents=_told(city.grants.count(each.application.organisation, tenant)),
        )
        for each in register.all(tenant)
        if register.vetted(each.application.organisation, tenant)
    ]


def _told(count: int) -> int | None:
    return count if count >= FEWEST else None


def _commanded(wired: plan.Plan, kind: str) -> Commanded:
    mine = [each for each in wired.actuators if each.kind == kind]
    labels = {name: limits.label or {"en": name} for each in mine for name, limits in each.settings.items()}
    return Commanded(
        kind=kind,
        count=len(mine),
        settings=tuple(labels.values()),
        needs_two=sum(each.needs_two for each in mine),
    )


async def _eyes(city: City) -> Eyes:
    flow, view = city.config.flow, city.view(city.staff)
    return Eyes(
        cameras=len([each async for each in view.find("Camera")]),
        populations=flow.populations,
        contributions=flow.contributions,
        day=flow.day,
        month=flow.month,
        nobody_searches=city.searches.is_ours,
    )
