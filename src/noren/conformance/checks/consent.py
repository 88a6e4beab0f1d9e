"""What a resident allowed, and what comes of it: chapters 1, 5 and 7 seen by a recipient.

The consent is given beforehand, by the test resident, as anybody gives one: it asks a question that a program must not
answer.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from noren.conformance.checks import ledger
from noren.conformance.finding import Verdict, broken, hidden, met
from noren.conformance.people import People
from noren.conformance.reach import City, Reply, ids

_AT_ONCE_S, _PAUSE_S, _TRIES = 1.0, 0.2, 50
_HEAD = {"id", "type", "@context"}


class Consent(msgspec.Struct, frozen=True):
    """A consent as a city shows it to the resident; `until` is ISO 8601."""

    id: str
    recipient: str
    purpose: str
    attributes: list[str]
    until: str
    holds: bool = True


class _Consents(msgspec.Struct, frozen=True):
    consents: list[Consent]


async def narrow(city: City, people: People) -> Verdict:
    """JM-5.1."""
    found = await given(city)
    if isinstance(found, Verdict):
        return found
    for each in found:
        single = each.attributes and all("*" not in name and "." in name for name in each.attributes)
        if not (each.recipient and each.purpose and single and each.until):
            return broken("wide", id=each.id)
    return met("counted", count=len(found)) if found else hidden("empty", what="consents")


async def given(city: City) -> list[Consent] | Verdict:
    """The resident's consents, or why they cannot be read."""
    if not city.has("resident"):
        return hidden("tokens", roles="resident")
    reply = await city.of("consents", "resident")
    if reply is None:
        return hidden("interface", interface="consents")
    try:
        return msgspec.json.decode(reply.body, type=_Consents).consents
    except (msgspec.DecodeError, msgspec.ValidationError):
        return broken("answered", what="consents", status=reply.status, expected=200)


async def _used(city: City, role: str = "recipient") -> tuple[Consent, Reply] | Verdict:
    """A consent by which a role reads something now, and what it read; or why there is none."""
    if not city.has(role):
        return hidden("tokens", roles=role)
    found = await given(city)
    if isinstance(found, Verdict):
        return found
    theirs = _to(found, city.organisation(role))
    for consent in theirs:
        reply = await _read(city, role, consent)
        if reply.good and ids(reply):
            return consent, reply
    return hidden("unread" if theirs else "noConsent")


def _to(found: list[Consent], organisation: Any) -> list[Consent]:
    """Consents that hold, to an organisation; where a token does not say which, to the only one that there is."""
    holding = [each for each in found if each.holds]
    if organisation:
        return [each for each in holding if each.recipient == organisation]
    return holding if len({each.recipient for each in holding}) == 1 else []


async def _read(city: City, role: str, consent: Consent, purpose: str = "") -> Reply:
    """What a role gets of the type that a consent speaks of."""
    kind = consent.attributes[0].partition(".")[0]
    return await city.entities(role, purpose=purpose or consent.purpose, type=kind, limit=100, options="keyValues")


async def only_that(city: City, people: People) -> Verdict:
    """JM-5.4."""
    used = await _used(city)
    if isinstance(used, Verdict):
        return used
    consent, reply = used
    allowed = {name.partition(".")[2] for name in consent.attributes}
    more = {name for each in reply.json for name in each if name not in allowed | _HEAD}
    if more:
        return broken("more", what=", ".join(sorted(more)))
    for other in await _other_purposes(city, consent):
        if (answer := await _read(city, "recipient", consent, other)).good and ids(answer):
            return broken("more", what=other)
    return met("within")


async def _other_purposes(city: City, consent: Consent) -> list[str]:
    """Declared purposes for which the resident allowed the recipient nothing."""
    found = await given(city)
    allowed = {each.purpose for each in found} if isinstance(found, list) else {consent.purpose}
    return [each.name for each in city.declarations.purposes if each.name not in allowed]


async def other_names(city: City, people: People) -> Verdict:
    """JM-1.3."""
    seen: list[set[str]] = []
    for role in ("recipient", "second"):
        used = await _used(city, role)
        if isinstance(used, Verdict):
            return used
        seen.append(_identifiers(used[1].json))
    return broken("same") if seen[0] & seen[1] else met("apart")


def _identifiers(value: Any) -> set[str]:
    """Ids of entities in an answer, and those that its relationships name."""
    if isinstance(value, dict):
        return {found for key, each in value.items() if key != "@context" for found in _identifiers(each)}
    if isinstance(value, list):
        return {found for each in value for found in _identifiers(each)}
    return {value} if isinstance(value, str) and value.startswith("urn:") else set()


async def recorded(city: City, people: People) -> Verdict:
    """JM-7.1."""
    before = await ledger.size(city)
    used = await _used(city)
    if isinstance(used, Verdict):
        return used
    after = before
    for _ in range(_TRIES):  # the checkpoint that covers an entry may be signed a moment later
        if (after := await ledger.size(city)) > before:
            break
        await asyncio.sleep(_PAUSE_S)
    return met("grown", before=before, after=after) if after > before else broken("grown", before=before, after=after)


async def withdrawn(city: City, people: People) -> Verdict:
    """JM-5.3."""
    used = await _used(city)
    if isinstance(used, Verdict):
        return used
    consent, _ = used
    reply = await city.ask("DELETE", f"{city.path('consents')}/{consent.id}", "resident")
    if not reply.good:
        return broken("answered", what="DELETE consents", status=reply.status, expected=204)
    await asyncio.sleep(_AT_ONCE_S)
    after = await _read(city, "recipient", consent)
    return broken("more", what=consent.id) if after.good and ids(after) else met("gone")


CHECKS = {
    "JM-1.3": other_names,
    "JM-5.1": narrow,
    "JM-5.3": withdrawn,
    "JM-5.4": only_that,
    "JM-7.1": recorded,
}
