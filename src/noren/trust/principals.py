"""Who asks: a person, an organisation, a service or a device, always on behalf of an organisation of some kind."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["resident", "staff", "organisation", "service", "device", "anonymous"]
OrganisationKind = Literal["government", "company", "non-profit", "research", "health", "school", "none"]
PUBLIC = "public-information"


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


def anonymous(tenant: str = "") -> Principal:
    """Whoever has not signed in."""
    return Principal(id="urn:noren:anonymous", kind="anonymous", tenant=tenant)
