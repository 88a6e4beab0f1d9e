"""Contexts that users add and that inline ones became (CIM 009, 5.13). Nothing is ever fetched."""

from __future__ import annotations

import uuid
from typing import Any

from noren.errors import BadInput, Conflict, NotAllowed, NotFound
from noren.terms.record import stamp
from noren.web.ngsi_ld.answers import NO_CONTENT, Answer, created, plain
from noren.web.ngsi_ld.call import Call
from noren.web.ngsi_ld.house import HOSTED
from noren.web.ngsi_ld.parameters import flag

KINDS = ("Hosted", "ImplicitlyCreated", "Cached")


async def add(call: Call) -> Answer:
    """POST /jsonldContexts: a document with "@context", kept for good."""
    data = await call.json()
    if not isinstance(data, dict) or "@context" not in data:
        raise BadInput("A JSON object with “@context” is needed.", where="body")
    _staff(call)
    name = uuid.uuid4().hex
    call.house.contexts.add(_url(call, name), {"@context": data["@context"]})
    return created(HOSTED + name)


async def listing(call: Call) -> Answer:
    """GET /jsonldContexts; `kind` Hosted, ImplicitlyCreated or Cached; `details=true` with what is known of each."""
    wanted = call.parameters.get("kind")
    if wanted is not None and wanted not in KINDS:
        raise BadInput(f"“{wanted}” is no kind of context.", where="parameter kind", hint=f"Use {', '.join(KINDS)}.")
    found = [entry for entry in _all(call) if wanted in (None, entry["kind"])]
    return plain(200, found if flag(call.parameters, "details") else [entry["URL"] for entry in found])


async def serve(call: Call) -> Answer:
    """GET /jsonldContexts/{id}, the id an URL or the last part of one that is hosted here."""
    entry = next((e for e in _all(call) if call.id in (e["URL"], e["localId"])), None)
    if entry is None:
        raise NotFound("There is no such context here.", where=call.id)
    if flag(call.parameters, "details"):
        return plain(200, entry)
    if entry["kind"] == "Cached":
        hint = f"It is served at {entry['URL']}; details=true tells what is known of it here."
        raise Conflict("Only contexts that were made here are served here.", where=call.id, hint=hint)
    inline = call.house.inline(entry["localId"])
    return plain(200, {"@context": inline} if inline is not None else call.house.contexts.document(entry["URL"]))


async def delete(call: Call) -> Answer:
    """DELETE /jsonldContexts/{id}."""
    _staff(call)
    entry = next((e for e in _all(call) if call.id in (e["URL"], e["localId"])), None)
    if entry is None:
        raise NotFound("There is no such context here.", where=call.id)
    if flag(call.parameters, "reload"):
        raise BadInput("Nothing is fetched from the network here.", where="parameter reload", hint="Add it again.")
    if not call.house.forget(entry["localId"]):
        call.house.contexts.remove(entry["URL"])
    return NO_CONTENT


def _all(call: Call) -> list[dict[str, Any]]:
    since = stamp(call.house.since)
    added = [(url, url.rpartition("/")[2] if HOSTED in url else url) for url in call.house.contexts.urls()]
    listed = [_entry(url, local, "Hosted" if HOSTED in url else "Cached", since) for url, local in added]
    return listed + [_entry(_url(call, key), key, "ImplicitlyCreated", since) for key in call.house.inlined()]


def _entry(url: str, local: str, kind: str, since: str) -> dict[str, Any]:
    return {"URL": url, "localId": local, "kind": kind, "createdAt": since}


def _url(call: Call, name: str) -> str:
    return call.base + HOSTED + name


def _staff(call: Call) -> None:
    """Contexts are everybody's: only the city's staff changes them, and anyone in a bare city."""
    who, city = call.view.principal, call.house.city
    if not city.is_bare and (who.kind != "staff" or who.organisation != city.organisation):
        raise NotAllowed("Only the city's staff may add or remove contexts.", hint="Sign in as staff.")
