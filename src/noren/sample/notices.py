"""What the sample town says where something is counted: on a road, at a car park, in a hall with Wi-Fi."""

from __future__ import annotations

from noren.city import City
from noren.sample.tables import both, rows
from noren.view.noticing import Wanted, put_up


async def put_up_notices(city: City) -> None:
    """Put up the town's notices, each where the thing stands that collects; none for a thing that the town lacks."""
    view = city.view(city.staff)
    for row in rows("notices"):
        kind, _, local = row["thing"].partition(":")
        thing = await view.get(kind, f"urn:ngsi-ld:{kind}:{city.config.slug}:{local}")
        if thing is None:
            continue
        wanted = Wanted(
            name=row["name"],
            collects=both(row, "collects"),
            used_for=row["used_for"],
            kept_days=float(row["kept_days"]),
            notice_of=(thing["id"],),
            location=thing.get("location"),
        )
        await put_up(view, wanted, city.config.languages)
