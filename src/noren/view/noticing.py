"""Notices of places: what a camera, a sensor or a network collects here, on the map and behind the code on a sign."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from noren.errors import NotFound
from noren.terms.records import PrivacyNotice
from noren.trust.consent.plain import check
from noren.trust.purposes import purpose

if TYPE_CHECKING:
    from noren.view.view import View

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 6


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a notice shall say: `collects` by language, the purpose, for how many days it is kept, what collects it."""

    name: str
    collects: dict[str, str]
    used_for: str
    kept_days: Annotated[float, msgspec.Meta(ge=0, le=36_600)]
    notice_of: tuple[str, ...] = ()
    location: dict[str, Any] | None = None


async def put_up(view: View, wanted: Wanted, languages: Sequence[str]) -> PrivacyNotice:
    """Keep a notice under a new short code; raises `BadInput` for words that are not plain, else as a write."""
    purpose(wanted.used_for)
    for language in languages:
        check(wanted.collects.get(language, ""), language, where=f"collects, {language}")
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    made = PrivacyNotice(
        id=f"urn:ngsi-ld:PrivacyNotice:{view.home.slug}:{code}",
        name=wanted.name,
        short_code=code,
        collects=dict(wanted.collects),
        used_for=wanted.used_for,
        kept_days=wanted.kept_days,
        notice_of=list(wanted.notice_of) or None,
        location=wanted.location,
    )
    await view.create(made)
    return made


async def behind(view: View, code: str) -> PrivacyNotice:
    """The notice behind a code; raises `NotFound`."""
    found = await view.get(PrivacyNotice, f"urn:ngsi-ld:PrivacyNotice:{view.home.slug}:{code.lower()}")
    if found is None:
        raise NotFound("There is no such notice.", where=code)
    return found
