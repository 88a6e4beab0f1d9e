"""One deployment: a folder with `noren.toml`, opened."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from noren.broker.broker import Broker
from noren.broker.contexts import ContextRegistry
from noren.city import config as configuration
from noren.city import mappings
from noren.city.backup import DATA
from noren.city.clock import Clock
from noren.city.indexing import indexing
from noren.city.restore import check_whole
from noren.contract import Declaration
from noren.errors import BadInput, NotAllowed, NotFound
from noren.net.guard import Guard
from noren.net.http import Http
from noren.store import open_store
from noren.terms import DataClass
from noren.trust import (
    OWN,
    PUBLIC,
    PURPOSES,
    Book,
    Courts,
    Grant,
    Grants,
    Kind,
    OrganisationKind,
    Policy,
    Principal,
    Searches,
    Use,
    Vault,
    anonymous,
    purpose,
)
from noren.trust.consent.office import Office
from noren.trust.identity import Identity, Place
from noren.trust.ledger import Ledger, Signer
from noren.trust.ledger import Policy as LedgerPolicy
from noren.trust.principals import ADMINISTRATOR, MANAGEMENT, employee
from noren.view import View
from noren.view.classes import Classes
from noren.view.desk import Desk
from noren.view.home import Home

_LOOK = 0.25
PARTICIPATION = "participation"


class City:
    """A city's folder, opened: hands out views, owns the clock. The store opens with the first view and is then held by
    this process alone."""

    def __init__(self, folder: Path, config: configuration.Config, *, bare: bool = False) -> None:
        self.folder, self.config, self.is_bare = folder, config, bare
        self.running: set[str] = set()
        data = folder / DATA
        data.mkdir(parents=True, exist_ok=True)
        self.policy = Policy(folder / "policies", bare=bare, organisation=self.organisation)
        self.contexts = ContextRegistry(folder / "contexts")
        self._mapped = mappings.stamp(folder)
        self.classes = Classes(DataClass.OPEN if bare else DataClass.OPERATIONAL, mappings.raised(folder))
        self._next_look = 0.0
        self._data, self._desks, self._temporary = data, dict[str, Desk](), False

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open the city in `folder`; raises `BadInput` that says what is wrong in its files and how to mend it."""
        folder = Path(folder)
        check_whole(folder)
        return cls(folder, configuration.read(folder))

    @classmethod
    def bare(cls, folder: Path | str | None = None, *, speed: float = 1.0) -> Self:
        """An empty city in which anyone may read and write what is not personal, for conformance tools and load; in a
        temporary folder, removed on `close`, unless one is given."""
        temporary = folder is None
        place = Path(tempfile.mkdtemp(prefix="noren-bare-")) if folder is None else Path(folder)
        config = configuration.Config(
            name={"en": "Bare city"}, slug="bare", clock=configuration.ClockSettings(speed=speed)
        )
        city = cls(place, config, bare=True)
        city._temporary = temporary
        return city

    @cached_property
    def clock(self) -> Clock:
        """What time it is in the city."""
        return Clock(self._data / "clock.json", start=self.config.clock.start, speed=self.config.clock.speed)

    @cached_property
    def vault(self) -> Vault:
        """The keys of personal values."""
        return Vault(self._data / "keys.db", root=self.root_key)

    @property
    def root_key(self) -> Path:
        """Where the root key of the vault lies."""
        return self.config.root_key(self.folder)

    async def record_erasures(self) -> None:
        """Enter in the ledger what was erased and is not there yet: salted hashes, by which a restore sees that a list
        of erasures is too old."""
        if erased := self.vault.untold():
            await self.ledger.log.append_all([each.statement() for each in erased], once=True)
            self.vault.told(erased)

    @cached_property
    def grants(self) -> Grants:
        """Who was allowed to see what of whom."""
        return Grants(self._data / "trust.db", self.vault)

    @cached_property
    def book(self) -> Book:
        """Who used what of whom, with proof in the ledger."""
        return Book(self.grants, self.vault, lambda: self.ledger, self.config.ledger.lapse_minutes * 60)

    @cached_property
    def searches(self) -> Searches:
        """Where somebody would ask to search for a person or a vehicle."""
        files = {name: self.folder / file for name, file in self.config.search.courts.items()}
        return Searches(self.policy, lambda: self.book, lambda: Courts(files, self.config.slug))

    @cached_property
    def office(self) -> Office:
        """By what residents allow, and who answers for it: recipients, records, guardians, emergencies, points."""
        return Office(
            self._data,
            self.vault,
            self.grants,
            city=self.config.slug,
            operator=self.organisation,
            languages=self.config.languages,
            ledger_policy=self.ledger_policy_text,
        )

    @cached_property
    def identity(self) -> Identity:
        """Who is known here, and which sessions are open."""
        return Identity(
            self._data,
            Place(
                self.config.slug,
                self.organisation,
                self.config.called(self.config.languages[0]),
                self.organisation_kind,
            ),
            self.config.identity,
            city=self.folder,
            production=self.config.production,
            http=lambda: self._http,
        )

    @property
    def tokens(self) -> Identity:
        """Issues the city's tokens."""
        return self.identity

    @cached_property
    def ledger(self) -> Ledger:
        """The city's ledger, opened for writing by this process alone; raises `Conflict` when another has it."""
        return Ledger(self.ledger_folder, self.ledger_key, policy=self.ledger_policy, http=self._http)

    @cached_property
    def _http(self) -> Http:
        return Http(Guard(self.config.net.allow))

    @property
    def ledger_folder(self) -> Path:
        """Where the ledger's files lie, which anybody may read."""
        return self._data / "ledger"

    @cached_property
    def ledger_key(self) -> Signer:
        """The key that signs the ledger, made on first use."""
        return Signer.keep(self._data / "ledger.key", self.config.ledger.origin or f"{self.config.slug}/ledger")

    @cached_property
    def custody_key(self) -> Signer:
        """The key that signs what crosses to another house, made on first use."""
        return Signer.keep(self._data / "custody.key", f"{self.config.slug}/custody")

    def ledger_policy_text(self) -> bytes:
        """The ledger's key, its witnesses and their quorum, as receipts are checked by; no witnesses without a file."""
        file = self.folder / self.config.ledger.policy
        return file.read_bytes() if file.is_file() else f"log {self.ledger_key.verifier}\nquorum none\n".encode()

    @property
    def ledger_policy(self) -> LedgerPolicy:
        """The same, read; raises `BadInput` with the line that is wrong."""
        return LedgerPolicy.parse(self.ledger_policy_text(), self.config.ledger.policy)

    def view(
        self, principal: Principal, purpose: str | None = None, shown: Sequence[Grant] = (), vetted: bool = False
    ) -> View:
        """The city as `principal` sees it for `purpose` (None: their default); `shown` are grants that hold for this
        view alone, because proofs of consent were presented; `vetted` says that whoever signed them vouches for the
        principal's organisation.

        Raises `NotAllowed` for a purpose that was not given to them, `NotFound` for a tenant that does not exist.
        """
        name = purpose or principal.default_purpose
        if name not in principal.purposes or name not in PURPOSES:
            given = ", ".join(sorted(principal.purposes))
            raise NotAllowed(
                f"The purpose “{name}” was not given to this {principal.kind}.",
                where="purpose",
                hint=f"Given: {given}.",
            )
        if time.monotonic() >= self._next_look:
            self.refresh()
        return View(self.desk(principal.tenant), principal, name, shown, vetted)

    def refresh(self) -> None:
        """Take up policies and classes that were changed in the city's folder, at once; views see to it a few times a
        second. Raises `BadInput` for files that do not hold: until they are mended, there are no views."""
        self._next_look = 0.0
        self.policy.refresh()
        if (seen := mappings.stamp(self.folder)) != self._mapped:
            self.classes.raised = mappings.raised(self.folder)
            self.policy.forget()
            self._mapped = seen
        self._next_look = time.monotonic() + _LOOK

    def vetted(self, organisation: str, tenant: str = "") -> bool:
        """Whether an organisation stands in the register of recipients, its time is not over and it was not stopped."""
        return bool(organisation) and self.office.recipients.vetted(organisation, tenant)

    def identify(self, token: str) -> Principal:
        """Whom a token or a browser's session speaks for; raises `NotSignedIn`."""
        return self.identity.identify(token)

    def desk(self, tenant: str = "") -> Desk:
        """What views of a tenant stand on; opened when first asked for. Raises `NotFound` for a tenant that the city
        does not name; a bare city makes it."""
        if tenant not in self._desks:
            if tenant and not self.is_bare and tenant not in self.config.tenants:
                raise NotFound("There is no such tenant.", where=tenant)
            self._desks[tenant] = self._open_desk(tenant)
        return self._desks[tenant]

    def tenants(self) -> list[str]:
        """Names of the tenants, the city's own ("") first."""
        return list(dict.fromkeys(("", *self.config.tenants, *self._desks)))

    @property
    def organisation(self) -> str:
        """The organisation that runs the city."""
        return self.config.organisation or self.config.slug

    @property
    def organisation_kind(self) -> OrganisationKind:
        """Of which kind that organisation is: government, unless this is the house of a custodian."""
        return self.config.custodian.kind if self.config.custodian else "government"

    @cached_property
    def staff(self) -> Principal:
        """Whoever works on the city's own machine, at its command line."""
        return self.employee("urn:noren:staff:command-line")

    def employee(
        self, id: str, purposes: frozenset[str] = frozenset(), tenant: str = "", roles: frozenset[str] = frozenset()
    ) -> Principal:
        """A member of the city's staff; with every purpose that needs operational data unless some are named."""
        return employee(self.organisation, id, purposes, tenant, roles | ADMINISTRATOR, self.organisation_kind)

    @cached_property
    def counter(self) -> Principal:
        """The city's counter, where anybody hands in a report, an opinion or a ballot without an account.

        It may keep what is said to it, also about a person, which it cannot read afterwards. What is taken and what is
        published of it is decided by the room `civic`; nobody is given a token for it.
        """
        return Principal(
            id=f"urn:noren:organisation:{self.config.slug}:counter",
            kind="organisation",
            organisation=self.organisation,
            organisation_kind=self.organisation_kind,
            purposes=frozenset({PARTICIPATION, PUBLIC}),
            default_purpose=PARTICIPATION,
            roles=frozenset({"operator", "provider", "collector"}),
        )

    @cached_property
    def anonymous(self) -> Principal:
        """Whoever has not signed in."""
        return anonymous()

    def visitor(self, tenant: str) -> Principal:
        """Whoever has not signed in and asks in a tenant."""
        return anonymous(tenant)

    def principal(
        self,
        name: str,
        kind: Kind,
        *,
        purposes: Sequence[str] = (),
        organisation: str = "",
        organisation_kind: OrganisationKind | None = None,
        roles: Sequence[str] = (),
        writes: Sequence[str] = (),
        tenant: str = "",
    ) -> Principal:
        """Somebody who shall be given a token; raises `BadInput` for an unknown purpose, an empty name, a device that
        does not say what it writes, or an organisation that is registered as another kind."""
        given = frozenset(purpose(each).name for each in purposes)
        if not name.strip():
            raise BadInput("It is not said for whom.", where="name")
        if (kind == "device") != bool(writes):
            raise BadInput("A device, and nobody else, says what it writes.", where="writes", hint="Name types.")
        id = name if ":" in name else f"urn:noren:{kind}:{self.config.slug}:{configuration.slug(name)}"
        if kind == "staff" and not organisation:
            return self.employee(id, given, tenant, frozenset(roles))
        own = {"resident": OWN}.get(kind, PUBLIC)
        default = purposes[0] if purposes else own
        return Principal(
            id=id,
            kind=kind,
            organisation=organisation or self.organisation,
            organisation_kind=self._kind_of(organisation, organisation_kind),
            tenant=tenant,
            purposes=given | {PUBLIC, default},
            default_purpose=default,
            roles=frozenset(roles),
            writes=frozenset(writes),
        )

    def _kind_of(self, organisation: str, told: OrganisationKind | None) -> OrganisationKind:
        known = self.identity.accounts.organisation(organisation) if organisation else None
        if known and told not in (None, known.kind):
            raise BadInput(f"“{organisation}” is registered as {known.kind}.", where="organisation-kind")
        return known.kind if known else told or ("company" if organisation else self.organisation_kind)

    def service(self, declaration: Declaration) -> Principal:
        """A service of the city's, which may do just what it declares; raises `BadInput` for an unknown purpose."""
        purpose(declaration.purpose)
        return Principal(
            id=f"urn:noren:service:{declaration.name}",
            kind="service",
            organisation=self.organisation,
            organisation_kind=self.organisation_kind,
            purposes=frozenset({declaration.purpose}),
            default_purpose=declaration.purpose,
            reads=frozenset((*declaration.reads, *declaration.optional)),
            writes=frozenset(declaration.writes),
        )

    def device(self, name: str, writes: frozenset[str] = frozenset({"*"})) -> Principal:
        """A feed or device that brings readings in."""
        return Principal(
            id=f"urn:noren:device:{name}",
            kind="device",
            organisation=self.organisation,
            organisation_kind=self.organisation_kind,
            purposes=frozenset({MANAGEMENT}),
            default_purpose=MANAGEMENT,
            writes=writes,
        )

    async def use_of(self, type: str, tenant: str = "") -> list[Use]:
        """Who asked for entities of a type, for what, how often, by hour; for anyone to see."""
        return self.desk(tenant).uses.all(type)

    async def keep_counts(self) -> None:
        """Write down counts of use that have waited long enough, and how late it is; whoever runs the city calls it now
        and then."""
        self.identity.register.settle()
        for desk in self._desks.values():
            if desk.uses.due():
                await desk.uses.keep()

    async def settle_consents(self) -> None:
        """Note consents whose time is over, so that recipients delete what they got; whoever runs the city calls it now
        and then."""
        for tenant in self.tenants():
            await self.view(self.employee(self.staff.id, tenant=tenant)).registers.settle()

    async def close(self) -> None:
        """Finish what was accepted and let go of files; closing again does nothing."""
        for desk in self._desks.values():
            await desk.uses.keep()
            await desk.store.close()
        self._desks.clear()
        for name in ("ledger", "_http"):
            if opened := self.__dict__.pop(name, None):
                await opened.close()
        for name in ("office", "book", "grants", "vault", "clock", "identity"):
            if opened := self.__dict__.pop(name, None):
                opened.close()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.close()

    def _open_desk(self, tenant: str) -> Desk:
        folder = self._data / "tenants" / tenant if tenant else self._data
        book = self.book  # and the keys: when they are refused, no store is left open
        store = open_store(f"sqlite://{folder}", indexing(), self.clock.now)
        return Desk(
            tenant=tenant,
            organisation=self.organisation,
            folder=self.folder,
            store=store,
            broker=Broker(store, self.contexts, self.clock.now),
            contexts=self.contexts,
            policy=self.policy,
            vault=self.vault,
            grants=self.grants,
            book=book,
            vetted=lambda organisation: self.vetted(organisation, tenant),
            office=self.office,
            classes=self.classes,
            clock=self.clock,
            coverages=lambda: mappings.coverages(self.folder),
            home=self._home(),
        )

    def _home(self) -> Home:
        return Home(
            slug=self.config.slug,
            name=self.config.name,
            languages=self.config.languages,
            timezone=self.config.timezone,
            settings={"disaster": self.config.disaster},
        )
