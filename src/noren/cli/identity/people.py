"""`noren identity organisation`, `account`, `role`: whom the city knows, and with what it entrusts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from cyclopts import App

from noren.cli.identity.shared import Json, clock_time, has, opened, show
from noren.cli.words import paper, tell
from noren.errors import BadInput
from noren.trust.identity.accounts import Accounts

Kinds = Literal["government", "company", "non-profit", "research", "health", "school"]
Roles = Literal["administrator", "operator", "provider", "collector"]

organisation = App(name="organisation", help="Organisations that ask the city for something, and their kinds.")
account = App(name="account", help="People: residents and staff.")
role = App(name="role", help="What the city entrusts an account or organisation with.")


@organisation.command(name="add")
def add_organisation(name: str, /, *, kind: Kinds, city: Path = Path()) -> None:
    """Register an organisation.

    Its kind decides what it may ever see: a company or a government body is held to other rules than a hospital.

    Parameters
    ----------
    name
        What it is called.
    kind
        Of which kind it is.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        known.accounts.register(name, kind)
    paper.print(tell("identity.organisation.added", name=name), soft_wrap=True)


@organisation.command(name="list")
def list_organisations(*, city: Path = Path(), as_json: Json = False) -> None:
    """List the organisations, with their roles and whether they are stopped.

    Parameters
    ----------
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    with opened(city) as (here, known):
        rows = [
            {
                "name": each.name,
                "kind": each.kind,
                "has": has(known, each.name),
                "stopped": clock_time(here, each.stopped),
            }
            for each in known.accounts.organisations()
        ]
    show(rows, as_json)


@organisation.command(name="stop")
def stop_organisation(name: str, /, *, city: Path = Path(), resume: bool = False) -> None:
    """Let in nobody any more who asks for an organisation: its programs, tokens and subscriptions end within a second.

    Parameters
    ----------
    name
        Which organisation.
    city
        Folder of the city.
    resume
        Let it in again.
    """
    with opened(city) as (_, known):
        (known.accounts.resume if resume else known.accounts.halt)(name)
    paper.print(tell("identity.resumed" if resume else "identity.stopped", name=name), soft_wrap=True)


@account.command(name="add")
def add_account(name: str, /, *, kind: Literal["staff", "resident"] = "staff", city: Path = Path()) -> None:
    """Open an account and print an invitation: with it somebody signs in once, within a day, and makes a passkey.

    Give it to them in person or in a closed letter. Staff can sign in once they have a role (noren identity role give).

    Parameters
    ----------
    name
        What they are called; of a resident only they themselves see it.
    kind
        Staff of the city, or a resident. Whoever is both gets two accounts.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        made = known.accounts.open(kind, name)
        print(made.id)
        print(known.invite(made))


@account.command
def invite(id: str, /, *, city: Path = Path()) -> None:
    """Print a new invitation for somebody whose passkey is lost, or whose invitation has ended.

    Parameters
    ----------
    id
        The account's id.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        print(known.invite(known.accounts.need(id)))


@account.command(name="list")
def list_accounts(
    *, kind: Literal["staff", "resident"] | None = None, city: Path = Path(), as_json: Json = False
) -> None:
    """List accounts. Residents are shown by their random ids alone.

    Parameters
    ----------
    kind
        Only staff, or only residents.
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    with opened(city) as (here, known):
        rows = [
            {
                "id": each.id,
                "name": each.name if each.kind == "staff" else "",
                "has": has(known, each.id),
                "stopped": clock_time(here, each.stopped),
            }
            for each in known.accounts.all(kind)
        ]
    show(rows, as_json)


@account.command(name="stop")
def stop_account(id: str, /, *, city: Path = Path()) -> None:
    """Let somebody in no more; whatever they have open ends within a second.

    Parameters
    ----------
    id
        The account's id.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        known.accounts.stop(id)
    paper.print(tell("identity.stopped", name=id), soft_wrap=True)


@role.command
def give(holder: str, /, *names: Roles, purpose: Sequence[str] = (), tenant: str = "", city: Path = Path()) -> None:
    """Entrust an account or organisation with roles and purposes; holds at once.

    Parameters
    ----------
    holder
        The id of an account of staff, or the name of an organisation.
    names
        Roles: administrator (staff), operator (reads operational data), provider (hands in data), collector (hands in
        data about people).
    purpose
        For what they may use data; several may be given. Staff with a role and no purpose may have every purpose of the
        city's work.
    tenant
        In which part of a shared installation.
    city
        Folder of the city.
    """
    _each(Accounts.entrust, city, holder, names, purpose, tenant)


@role.command
def take(holder: str, /, *names: Roles, purpose: Sequence[str] = (), tenant: str = "", city: Path = Path()) -> None:
    """Take roles and purposes away from an account or organisation; holds at once.

    Parameters
    ----------
    holder
        The id of an account of staff, or the name of an organisation.
    names
        Roles.
    purpose
        Purposes.
    tenant
        In which part of a shared installation.
    city
        Folder of the city.
    """
    _each(Accounts.withdraw, city, holder, names, purpose, tenant)


def _each(
    change: Callable[..., None], city: Path, holder: str, names: Sequence[str], purposes: Sequence[str], tenant: str
) -> None:
    """Do the change with every role and purpose, and say what the holder has then."""
    with opened(city) as (_, known):
        if not names and not purposes:
            raise BadInput("Neither a role nor a purpose is named.", hint="Like: noren identity role give ID operator")
        for name in names:
            change(known.accounts, holder, "role", name, tenant=tenant)
        for each in purposes:
            change(known.accounts, holder, "purpose", each, tenant=tenant)
        paper.print(tell("identity.has", name=holder, has=has(known, holder)), soft_wrap=True)
