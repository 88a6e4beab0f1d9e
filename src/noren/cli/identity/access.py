"""`noren identity device`, `session`, `client`: keys of devices, who is signed in, services that ask who one is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclopts import App

from noren.cli.identity.shared import Json, clock_time, opened, show
from noren.cli.words import paper, tell
from noren.errors import BadInput
from noren.trust.identity import read_key

device = App(name="device", help="Devices, and programs of organisations, that prove themselves with a key.")
session = App(name="session", help="Who is signed in at this moment, with what.")
client = App(
    name="client", help="Programs of organisations that let people sign in with this city (not in production)."
)


@device.command(name="add")
def add_device(
    name: str,
    key: Path,
    /,
    *,
    writes: Sequence[str] = (),
    organisation: str = "",
    purpose: Sequence[str] = (),
    tenant: str = "",
    city: Path = Path(),
) -> None:
    """Register the public key of a device, or of a program of an organisation. The private key never leaves it.

    Parameters
    ----------
    name
        A short name: lower-case letters, digits, “-”.
    key
        File with the public Ed25519 key (PEM or JWK).
    writes
        What a device delivers: types of entity, like WaterObserved; several may be given.
    organisation
        The registered organisation whose program it is; it may then do what the organisation is entrusted with.
    purpose
        For what it may use data; several may be given, the first one holds when it names none.
    tenant
        The part of a shared installation that it belongs to.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        made = known.devices.add(
            name, read_key(key), organisation=organisation, writes=writes, purposes=purpose, tenant=tenant
        )
    print(made.id)


@device.command(name="list")
def list_devices(*, city: Path = Path(), as_json: Json = False) -> None:
    """List devices and programs with what they may do.

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
                "id": each.id,
                "organisation": each.organisation,
                "writes": ", ".join(each.writes),
                "purposes": ", ".join(each.purposes),
                "stopped": clock_time(here, each.revoked),
            }
            for each in known.devices.all()
        ]
    show(rows, as_json)


@device.command(name="revoke")
def revoke_device(id: str, /, *, city: Path = Path()) -> None:
    """Trust a key no more, for ever: when a device is stolen, lost or given away. Its token ends within a second.

    Parameters
    ----------
    id
        The device's id.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        known.devices.revoke(id)
    paper.print(tell("identity.stopped", name=id), soft_wrap=True)


@session.command(name="list")
def list_sessions(*, holder: str = "", city: Path = Path(), as_json: Json = False) -> None:
    """List who is signed in: browsers, programs and devices.

    Parameters
    ----------
    holder
        Only the sessions of one account, device or holder of a token, by its id.
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    with opened(city) as (here, known):
        found = known.sessions.of(holder) if holder else known.sessions.all()
        rows = [
            {
                "id": each.id,
                "holder": each.holder,
                "how": each.how,
                "label": each.label,
                "since": clock_time(here, each.opened),
                "until": clock_time(here, each.ends()),
            }
            for each in found
        ]
    show(rows, as_json)


@session.command(name="revoke")
def revoke_session(id: str = "", /, *, holder: str = "", city: Path = Path()) -> None:
    """End a session, or all of somebody, within a second.

    Parameters
    ----------
    id
        The session's id.
    holder
        The id of an account, device or holder of a token, all of whose sessions end.
    city
        Folder of the city.
    """
    if bool(id) == bool(holder):
        raise BadInput("Name one session, or --holder.", hint="See: noren identity session list")
    with opened(city) as (_, known):
        if id:
            known.sessions.end(id)
        else:
            known.sessions.end_all(holder)
    paper.print(tell("identity.stopped", name=id or holder), soft_wrap=True)


@client.command(name="add")
def add_client(organisation: str, /, *, redirect: Sequence[str], public: bool = False, city: Path = Path()) -> None:
    """Register a program that lets people sign in with this city; prints its id and, this once, its secret.

    Each organisation learns another identifier of the same person.

    Parameters
    ----------
    organisation
        The registered organisation.
    redirect
        Address to which people are sent back; several may be given.
    public
        A program that cannot keep a secret (a page, an app).
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        made, secret = known.issuer.add(organisation, list(redirect), public=public)
    print(made.id)
    if secret:
        print(secret)


@client.command(name="list")
def list_clients(*, city: Path = Path(), as_json: Json = False) -> None:
    """List these programs.

    Parameters
    ----------
    city
        Folder of the city.
    as_json
        Report as JSON, for scripts.
    """
    with opened(city) as (_, known):
        rows = [
            {"id": each.id, "organisation": each.organisation, "redirects": " ".join(each.redirects)}
            for each in known.issuer.clients()
        ]
    show(rows, as_json)


@client.command(name="remove")
def remove_client(id: str, /, *, city: Path = Path()) -> None:
    """Know such a program no more.

    Parameters
    ----------
    id
        Its id.
    city
        Folder of the city.
    """
    with opened(city) as (_, known):
        known.issuer.remove(id)
    paper.print(tell("identity.stopped", name=id), soft_wrap=True)
