"""Who may read what, found by asking the rules in force themselves, the city's own changes included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from noren.governance.privacy.declarations import Definition as Declared
from noren.terms import DataClass
from noren.trust import NONE, OWN, OWN_DATA, PURPOSES, Ground, Kind, OrganisationKind, Policy, Principal
from noren.trust.policy import Definition

if TYPE_CHECKING:
    from noren.city import City

COLLECTORS: tuple[OrganisationKind, ...] = ("government", "company")


class Audience(msgspec.Struct, frozen=True):
    """Somebody who might ask, on some ground; called `privacy.who.<name>`."""

    name: str
    kind: Kind
    organisation_kind: OrganisationKind = "government"
    roles: tuple[str, ...] = ()
    ground: Ground = NONE

    def principal(self, city: str, tenant: str = "") -> Principal:
        """Such a one, to whom every purpose was given: whatever the rules then refuse, nobody of the kind gets.
        Staff of government work for the organisation that runs the city."""
        works = city if self.kind == "staff" and self.organisation_kind == "government" else "asked"
        return Principal(
            id=f"urn:noren:asked:{self.name}",
            kind=self.kind,
            organisation=works if self.kind != "anonymous" else "",
            organisation_kind=self.organisation_kind,
            tenant=tenant,
            purposes=frozenset(PURPOSES),
            roles=frozenset(self.roles),
            reads=frozenset({"*"}),
            writes=frozenset({"*"}),
        )


AUDIENCES = (
    Audience("anyone", "anonymous", "none"),
    Audience("person", "resident", ground=OWN_DATA),
    Audience("guardian", "resident", ground=Ground("guardian")),
    Audience("helper", "resident", ground=Ground("helper")),
    Audience("neighbour", "resident"),
    Audience("staff", "staff", roles=("administrator",)),
    Audience("hall", "staff", roles=("administrator",), ground=Ground("consent", vetted=True)),
    Audience("operator", "organisation", "company", ("operator", "provider", "collector")),
    Audience("company", "organisation", "company", ("collector",)),
    Audience("recipient", "organisation", "company", ("collector",), Ground("consent", vetted=True)),
    Audience("clinician", "staff", "health", ("clinician",), Ground("emergency")),
    Audience("service", "service"),
)
LEVELS = ("open", "operational", "personal", "company")
"""Columns of the picture: the classes, and personal data that a company collected."""


class Access(msgspec.Struct, frozen=True):
    """Purposes for which each audience may read, by (audience, level); absent where there are none."""

    purposes: dict[tuple[str, str], list[str]]

    def may(self, audience: str, level: str) -> bool:
        """Whether an audience may read something of a level."""
        return bool(self.purposes.get((audience, level)))

    @property
    def government_reaches_companies(self) -> bool:
        """Whether the rules in force let government read personal data that a company collected."""
        return any(self.may(each, "company") for each in ("staff", "hall", "service"))


def access(city: City, declared: Iterable[Declared]) -> Access:
    """Who may read what by the rules in force."""
    found: dict[tuple[str, str], list[str]] = {}
    definitions = list(declared)
    for level in LEVELS:
        asked = list(_asked(level, definitions))
        for audience in AUDIENCES:
            if given := readable(city.policy, audience, asked):
                found[audience.name, level] = given
    return Access(found)


def _asked(level: str, declared: Iterable[Declared]) -> Iterable[Definition]:
    name = "personal" if level == "company" else level
    for each in declared:
        if each.data_class == name and each.type != "*" and (name == "personal" or not each.attribute):
            yield Definition(each.type, each.attribute, DataClass[name.upper()], _collector(level))


def _collector(level: str) -> OrganisationKind:
    return "company" if level == "company" else "government"


def readable(policy: Policy, audience: Audience, asked: Iterable[Definition]) -> list[str]:
    """Purposes for which an audience may read at least one of the definitions."""
    who, asked = audience.principal(policy.organisation), list(asked)
    wanted = [OWN, *(name for name in PURPOSES if name != OWN)]
    return [name for name in wanted if any(policy.may(who, name, "read", each, audience.ground) for each in asked)]
