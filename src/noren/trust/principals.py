"""Who asks: a person, an organisation, a service or a device, always on behalf of an organisation of some kind."""

from __future__ import annotations

from typing import Literal

import msgspec

from noren.trust.purposes import OWN, PURPOSES

Kind = Literal["resident", "staff", "organisation", "service", "device", "anonymous"]
OrganisationKind = Literal["government", "company", "non-profit", "research", "health", "school", "none"]
PUBLIC = "public-information"
MANAGEMENT = "data-management"
ADMINISTRATOR = frozenset({"administrator"})


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks and what they were given: purposes they may name, roles, and, for a service or device, the types that
    their declaration reads and writes ("*" stands for every type that is not personal)."""

    id: str
    kind: Kind
    organisation: str = ""
    organisation_kind: OrganisationKind = "none"
    tenant: str = ""
    purposes: frozenset[str] = frozenset({PUBLIC})
    default_purpose: str = PUBLIC
    roles: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    @property
    def signature(self) -> tuple[object, ...]:
        """What a decision may depend on: two principals of equal signature are treated alike."""
        return (
            self.kind,
            self.organisation,
            self.organisation_kind,
            self.tenant,
            self.purposes,
            self.roles,
            self.reads,
            self.writes,
        )


def employee(
    organisation: str,
    id: str,
    purposes: frozenset[str],
    tenant: str = "",
    roles: frozenset[str] = ADMINISTRATOR,
    kind: OrganisationKind = "government",
) -> Principal:
    """A member of the staff of the organisation that runs the city, for every purpose that needs operational data
    unless some are named."""
    given = purposes or frozenset(each.name for each in PURPOSES.values() if each.operational)
    return Principal(
        id=id,
        kind="staff",
        organisation=organisation,
        organisation_kind=kind,
        tenant=tenant,
        purposes=given | {PUBLIC},
        default_purpose=MANAGEMENT if MANAGEMENT in given else min(given),
        roles=roles,
    )


def inhabitant(organisation: str, id: str, tenant: str = "") -> Principal:
    """A resident, who sees what is held about them."""
    return Principal(
        id=id,
        kind="resident",
        organisation=organisation,
        organisation_kind="government",
        tenant=tenant,
        purposes=frozenset({PUBLIC, OWN}),
        default_purpose=OWN,
    )


def anonymous(tenant: str = "") -> Principal:
    """Whoever has not signed in."""
    return Principal(id="urn:noren:anonymous", kind="anonymous", tenant=tenant)
