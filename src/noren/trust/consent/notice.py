"""The notice that a resident is shown before they allow anything: short, plain, in their language.

The words are the city's own, from `noren.messages`; only the recipient's name and benefit are the recipient's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import msgspec

from noren.messages import catalogue, say
from noren.trust.consent.offer import Offer
from noren.trust.purposes import meaning

Called = Callable[[str, str], str]
"""How an attribute ("Type.attribute") is called in a language."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown: a title, sentences in their order, and the attributes asked for, one a line."""

    language: str
    title: str
    sentences: tuple[str, ...]
    attributes: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it, as it is read aloud."""
        return "\n".join((self.title, *self.sentences, *self.attributes))

    @property
    def hash(self) -> str:
        """SHA-256 of its content, in hexadecimal: the record of a consent says by it what was shown."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


def notice(offer: Offer, language: str, called: Called) -> Notice:
    """The notice of an offer in a language of the catalogue, else in English."""
    language = language if catalogue(language).get("notice.who") else "en"
    recipient, benefit = offer.words(language)
    tell: list[tuple[str, dict[str, object]]] = [
        ("who", {}),
        ("why", {"purpose": _purpose(offer, language)}),
        ("from", {"holder": offer.holder}),
        ("long", {"days": offer.days}),
        ("often", {"count": offer.daily}) if offer.daily else ("always", {}),
        ("keep", {"days": offer.keep_days}) if offer.keep_days else ("forget", {}),
        ("benefit", {"benefit": benefit}),
    ]
    if offer.points:
        tell.append((f"points.{offer.points_per}", {"points": offer.points}))
    tell += [("end", {}), ("free", {})]
    return Notice(
        language=language,
        title=say(language, "notice.title", recipient=recipient),
        sentences=tuple(say(language, f"notice.{key}", recipient=recipient, **values) for key, values in tell),
        attributes=tuple(called(name, language) for name in offer.attributes),
    )


def _purpose(offer: Offer, language: str) -> str:
    words = meaning(offer.purpose)
    text = words.get(language) or words["en"]
    return text[:1].lower() + text[1:] if language == "en" else text
