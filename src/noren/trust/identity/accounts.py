"""People and organisations that the city knows, and what it entrusts them with."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any, Literal, get_args

import msgspec

from noren.errors import AlreadyExists, BadInput, NotFound
from noren.trust.identity.register import Register
from noren.trust.names import alike
from noren.trust.principals import OrganisationKind
from noren.trust.purposes import purpose

AccountKind = Literal["resident", "staff"]
What = Literal["role", "purpose"]
ROLES = ("administrator", "operator", "provider", "collector")
_NAME = 200
_TENANT_FIRST = "SELECT DISTINCT tenant FROM entrusted WHERE holder = ? ORDER BY tenant"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person: a resident under a random id, or a member of staff. Whoever is both has two accounts, so that the
    city as an employer does not see the resident. `name` is what they want to be called; times are seconds since
    1970."""

    id: str
    kind: AccountKind
    name: str
    handle: bytes
    opened: float
    stopped: float | None = None


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation that asks the city, of some kind."""

    name: str
    kind: OrganisationKind
    opened: float
    stopped: float | None = None


class Entrusted(msgspec.Struct, frozen=True):
    """A role or purpose that somebody has in a tenant; `source` is who said so: "city", or a provider's name."""

    holder: str
    tenant: str
    what: What
    name: str
    source: str


class Accounts:
    """The register's part about people and organisations."""

    def __init__(self, register: Register, slug: str, own: Iterable[str] = ()) -> None:
        """`own` are the names of the city itself, which nobody else gets."""
        self._register, self._slug = register, slug
        self._own = frozenset(map(alike, (slug, *own)))

    def open(self, kind: AccountKind, name: str = "") -> Account:
        """A new account; a resident's id is random, a member of staff's carries their name."""
        name = plain(name)
        short = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "person"
        tail = secrets.token_hex(8) if kind == "resident" else f"{short}-{secrets.token_hex(3)}"
        account = Account(
            id=f"urn:noren:{kind}:{self._slug}:{tail}",
            kind=kind,
            name=name,
            handle=secrets.token_bytes(32),
            opened=self._register.now(),
        )
        with self._register.change() as run:
            run("INSERT INTO account VALUES (?, ?, ?, ?, ?, NULL)", *msgspec.structs.astuple(account)[:5])
        return account

    def find(self, id: str) -> Account | None:
        """The account of that id, None when there is none."""
        row = self._register.row("SELECT * FROM account WHERE id = ?", id)
        return _account(row) if row else None

    def need(self, id: str) -> Account:
        """The account of that id; raises `NotFound`."""
        found = self.find(id)
        if found is None:
            raise NotFound("There is no such account.", hint="See: noren identity account list")
        return found

    def all(self, kind: AccountKind | None = None) -> list[Account]:
        """All accounts, of one kind when it is named, in the order in which they were opened."""
        rows = self._register.rows("SELECT * FROM account ORDER BY opened, id")
        return [account for row in rows if (account := _account(row)) and kind in (None, account.kind)]

    def of_login(self, issuer: str, subject: str, kind: AccountKind) -> Account | None:
        """Whose account it is that an issuer knows under `subject`."""
        sql = "SELECT account FROM login WHERE issuer = ? AND subject = ? AND kind = ?"
        row = self._register.row(sql, issuer, subject, kind)
        return self.find(row[0]) if row else None

    def login(self, issuer: str, subject: str, kind: AccountKind, name: str = "") -> Account:
        """The account that an issuer knows under `subject`, opened when it is new."""
        with self._register.change() as run:
            if found := self.of_login(issuer, subject, kind):
                return found
            account = self.open(kind, name)
            run("INSERT INTO login VALUES (?, ?, ?, ?, ?)", issuer, subject, kind, account.id, account.opened)
            return account

    def logins(self, issuer: str) -> list[Account]:
        """Accounts that came by an issuer."""
        rows = self._register.rows("SELECT account FROM login WHERE issuer = ? ORDER BY opened", issuer)
        return [found for (id,) in rows if (found := self.find(id))]

    def came_by(self, id: str, issuer: str) -> bool:
        """Whether an account was opened by that issuer's word."""
        return self._register.row("SELECT 1 FROM login WHERE account = ? AND issuer = ?", id, issuer) is not None

    def stop(self, id: str) -> None:
        """Let somebody in no more, at once and everywhere; raises `NotFound`."""
        self.need(id)
        with self._register.change() as run:
            now = self._register.now()
            run("UPDATE account SET stopped = ? WHERE id = ? AND stopped IS NULL", now, id)
            run("UPDATE session SET ended = ? WHERE holder = ? AND ended IS NULL", now, id)

    def forget(self, id: str) -> None:
        """Erase an account with all that the register holds about it; raises `NotFound`."""
        self.need(id)
        with self._register.change() as run:
            run("DELETE FROM session WHERE holder = ?", id)
            run("DELETE FROM entrusted WHERE holder = ?", id)
            run("DELETE FROM login WHERE account = ?", id)
            run("DELETE FROM passkey WHERE account = ?", id)
            run("DELETE FROM attribute WHERE account = ?", id)
            run("DELETE FROM account WHERE id = ?", id)

    def register(self, name: str, kind: OrganisationKind) -> Organisation:
        """A new organisation; raises `AlreadyExists`, or `BadInput` for an unknown kind or a name that cannot be."""
        name = plain(name)
        if not name:
            raise BadInput("The organisation has no name.", where="name")
        if kind not in get_args(OrganisationKind) or kind == "none":
            raise BadInput(f"“{kind}” is no kind of organisation.", where="kind")
        if self.organisation(name):
            raise AlreadyExists(f"“{name}” is registered already.", where="name")
        if alike(name) in self._own or any(alike(each.name) == alike(name) for each in self.organisations()):
            raise AlreadyExists(f"“{name}” could be taken for another name.", where="name", hint="Write more of it.")
        found = Organisation(name=name, kind=kind, opened=self._register.now())
        with self._register.change() as run:
            run("INSERT INTO organisation VALUES (?, ?, ?, NULL)", found.name, found.kind, found.opened)
        return found

    def organisation(self, name: str) -> Organisation | None:
        """The organisation of that name, None when it is not registered."""
        row = self._register.row("SELECT name, kind, opened, stopped FROM organisation WHERE name = ?", name)
        return _organisation(row) if row else None

    def organisations(self) -> list[Organisation]:
        """All organisations by name."""
        rows = self._register.rows("SELECT name, kind, opened, stopped FROM organisation ORDER BY name")
        return [_organisation(row) for row in rows]

    def halt(self, name: str) -> None:
        """Let in nobody any more who asks for this organisation; raises `NotFound`."""
        if self.organisation(name) is None:
            raise NotFound(f"No organisation “{name}” is registered.", hint="See: noren identity organisation list")
        with self._register.change() as run:
            run("UPDATE organisation SET stopped = ? WHERE name = ? AND stopped IS NULL", self._register.now(), name)

    def resume(self, name: str) -> None:
        """Let an organisation in again that was stopped; raises `NotFound`."""
        if self.organisation(name) is None:
            raise NotFound(f"No organisation “{name}” is registered.", hint="See: noren identity organisation list")
        with self._register.change() as run:
            run("UPDATE organisation SET stopped = NULL WHERE name = ?", name)

    def entrust(self, holder: str, what: What, name: str, *, tenant: str = "", source: str = "city") -> None:
        """Give an account or organisation a role or purpose in a tenant; raises `BadInput` for one that nobody knows,
        `NotFound` for a holder whom nobody knows."""
        self._check(holder, what, name)
        with self._register.change() as run:
            run("INSERT OR IGNORE INTO entrusted VALUES (?, ?, ?, ?, ?)", holder, tenant, what, name, source)

    def withdraw(self, holder: str, what: What, name: str, *, tenant: str = "") -> None:
        """Take a role or purpose away, whoever gave it; raises `NotFound` when it was not given."""
        with self._register.change() as run:
            sql = "DELETE FROM entrusted WHERE holder = ? AND tenant = ? AND what = ? AND name = ?"
            if not run(sql, holder, tenant, what, name).rowcount:
                raise NotFound(f"The {what} “{name}” was not given.", where=holder)

    def replace(self, holder: str, given: Iterable[tuple[str, What, str]], *, source: str) -> None:
        """What a provider says now (tenant, what, name) takes the place of all that it said before."""
        with self._register.change() as run:
            rows = {(holder, tenant, what, name, source) for tenant, what, name in given}
            held = {msgspec.structs.astuple(each) for each in self.entrusted(holder) if each.source == source}
            for row in held - rows:
                run(
                    "DELETE FROM entrusted WHERE holder = ? AND tenant = ? AND what = ? AND name = ? AND source = ?",
                    *row,
                )
            for row in rows - held:
                run("INSERT INTO entrusted VALUES (?, ?, ?, ?, ?)", *row)

    def entrusted(self, holder: str, tenant: str | None = None) -> list[Entrusted]:
        """What somebody has, in one tenant when it is named."""
        rows = self._register.rows(
            "SELECT holder, tenant, what, name, source FROM entrusted WHERE holder = ? ORDER BY tenant, what, name",
            holder,
        )
        return [Entrusted(*row) for row in rows if tenant in (None, row[1])]

    def tenants(self, holder: str) -> list[str]:
        """Tenants in which somebody has a role, the city's own ("") first."""
        return [tenant for (tenant,) in self._register.rows(_TENANT_FIRST, holder)]

    def _check(self, holder: str, what: What, name: str) -> None:
        if self.find(holder) is None and self.organisation(holder) is None:
            raise NotFound(f"“{holder}” is neither an account nor a registered organisation.")
        if what == "purpose":
            purpose(name)
        elif name not in ROLES:
            raise BadInput(f"“{name}” is no role.", where="role", hint=f"Known are: {', '.join(ROLES)}.")


def _account(row: tuple[Any, ...]) -> Account:
    id, kind, name, handle, opened, stopped = row
    return Account(id=id, kind=kind, name=name, handle=handle, opened=opened, stopped=stopped)


def _organisation(row: tuple[Any, ...]) -> Organisation:
    name, kind, opened, stopped = row
    return Organisation(name=name, kind=kind, opened=opened, stopped=stopped)


def plain(text: str) -> str:
    """A name as it may be kept and shown: one line, 200 characters at most; raises `BadInput`."""
    text = " ".join(text.split())
    if len(text) > _NAME or not text.isprintable():
        raise BadInput("This cannot be a name.", where="name", hint=f"Up to {_NAME} letters on one line.")
    return text
