"""`noren token`: let somebody in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from noren.city import City

Kinds = Literal["staff", "organisation", "resident", "device"]
Organisations = Literal["government", "company", "non-profit", "research", "health", "school"]


def token(
    name: str,
    /,
    *,
    city: Path = Path(),
    kind: Kinds = "staff",
    purpose: list[str] | None = None,
    organisation: str = "",
    organisation_kind: Organisations | None = None,
    role: list[str] | None = None,
    writes: list[str] | None = None,
    tenant: str = "",
    hours: float = 12.0,
    port: int | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Make a token with which somebody signs in, or a program asks on somebody's behalf.

    Whoever holds the token is let in until it expires or somebody ends it (noren identity session revoke): send it
    like a password.

    Parameters
    ----------
    name
        For whom: a short name, or the id of a person.
    city
        Folder of the city.
    kind
        Staff of the city, another organisation, a resident, or a device.
    purpose
        What they may use data for; several may be given. Without one: staff may have every purpose of the city's work,
        residents see what is held about them, others read public information.
    organisation
        The organisation that they belong to; the city when left out.
    organisation_kind
        Of which kind that organisation is.
    role
        What the city entrusts an organisation with: operator (reads operational data, may command devices), provider
        (hands in data), collector (hands in data about people). Of staff: operator (may command devices).
    writes
        What a device delivers: types of entity, like WaterObserved; several may be given.
    tenant
        The part of a shared installation that they belong to.
    hours
        How long the token holds.
    port
        Port on which the city is running: prints a link that signs a browser in.
    as_json
        Report as JSON, for scripts.
    """
    opened = City.open(city)
    principal = opened.principal(
        name,
        kind,
        purposes=purpose or (),
        organisation=organisation,
        organisation_kind=organisation_kind,
        roles=role or (),
        writes=writes or (),
        tenant=tenant,
    )
    made = opened.tokens.issue(principal, seconds=hours * 3600, label=name)
    opened.identity.close()
    until = datetime.now(UTC) + timedelta(hours=hours)
    link = f"http://localhost:{port}/#token={made}" if port else None
    if as_json:
        report = {
            "token": made,
            "id": principal.id,
            "purposes": sorted(principal.purposes),
            "until": until,
            "link": link,
        }
        print(msgspec.json.encode(report).decode())
        return
    print(made)
    print(f"\nFor {principal.id}, until {until.astimezone(opened.config.zone):%Y-%m-%d %H:%M %Z}.")
    print(f"Purposes: {', '.join(sorted(principal.purposes))}")
    print(f"Sign in:  {link}" if link else "For a link that signs a browser in, add --port.")
