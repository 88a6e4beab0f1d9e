"""As whom an account or device asks at this moment: read from the register, never from what was told before."""

from __future__ import annotations

import msgspec

from noren.errors import NotSignedIn
from noren.trust.identity.accounts import Account, Accounts
from noren.trust.identity.devices import Device, Devices
from noren.trust.principals import MANAGEMENT, PUBLIC, OrganisationKind, Principal, employee, inhabitant
from noren.trust.tokens import HINT

DEMO = "demo"


class Place(msgspec.Struct, frozen=True):
    """Whose register it is: the city's short name, its organisation and of which kind that is, what it is called."""

    slug: str
    organisation: str
    name: str
    kind: OrganisationKind = "government"


class Standings:
    """What people, devices and programs of one city stand for."""

    def __init__(self, accounts: Accounts, devices: Devices, place: Place, *, production: bool) -> None:
        self._accounts, self._devices, self._place, self._production = accounts, devices, place, production

    def account(self, account: Account, tenant: str = "") -> Principal:
        """An account as who asks in a tenant; raises `NotSignedIn` for staff without a role there, and in production
        for an account of the demo before."""
        if self._production and self._accounts.came_by(account.id, DEMO):
            raise NotSignedIn("This account was for a demo.")
        if account.kind == "resident":
            return inhabitant(self._place.organisation, account.id, tenant)
        given = self._accounts.entrusted(account.id, tenant)
        if not given:
            raise NotSignedIn("This account has no role here.", hint="Ask for one: noren identity role give")
        purposes = frozenset(each.name for each in given if each.what == "purpose")
        roles = frozenset(each.name for each in given if each.what == "role")
        return employee(self._place.organisation, account.id, purposes, tenant, roles, self._place.kind)

    def device(self, id: str) -> Principal:
        """A device or program as who asks; raises `NotSignedIn` for one that is revoked."""
        device = self._devices.find(id)
        if device is None or device.revoked is not None:
            raise stopped()
        return self._program(device) if device.kind == "organisation" else self._machine(device)

    def _machine(self, device: Device) -> Principal:
        purposes = device.purposes or (MANAGEMENT,)
        return Principal(
            id=device.id,
            kind="device",
            organisation=self._place.organisation,
            organisation_kind=self._place.kind,
            tenant=device.tenant,
            purposes=frozenset(purposes),
            default_purpose=purposes[0],
            writes=frozenset(device.writes),
        )

    def _program(self, device: Device) -> Principal:
        """What the organisation has now, narrowed to the purposes that the program was registered for."""
        organisation = self._accounts.organisation(device.organisation)
        if organisation is None:
            raise stopped()
        given = self._accounts.entrusted(organisation.name, device.tenant)
        purposes = {each.name for each in given if each.what == "purpose"}
        kept = sorted(purposes & {*device.purposes} if device.purposes else purposes)
        return Principal(
            id=device.id,
            kind="organisation",
            organisation=organisation.name,
            organisation_kind=organisation.kind,
            tenant=device.tenant,
            purposes=frozenset(kept) | {PUBLIC},
            default_purpose=next((name for name in device.purposes if name in kept), kept[0] if kept else PUBLIC),
            roles=frozenset(each.name for each in given if each.what == "role"),
        )

    def check(self, principal: Principal) -> None:
        """Raise `NotSignedIn` when the organisation for which somebody asks was stopped; the city's own cannot be."""
        if principal.organisation != self._place.organisation:
            organisation = self._accounts.organisation(principal.organisation)
            if organisation is not None and organisation.stopped is not None:
                raise stopped()


def stopped() -> NotSignedIn:
    """The refusal that does not say what it was that ended."""
    return NotSignedIn("This session has ended.", hint=HINT)
