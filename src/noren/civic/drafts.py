"""What somebody hands in, before it is kept: checked field by field, and looked at as a whole.

Whatever is shown of it is looked at, not only the text: words about the place and answers to questions are masked like
it, and one of them that a person must see first holds all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from noren.civic.categories import OTHER, Category
from noren.civic.looking import Looked, look, tidy
from noren.errors import BadInput

Channel = Literal["phone", "web", "desk", "open311", "file", "data", "staff"]
LONGEST, LONGEST_LINE, MOST = 4000, 500, 20
PICTURES = 5
_TAKES_AWAY = "urn:ngsi-ld:null"
"""What NGSI-LD reads as an order to delete; no text of its own (CIM 009, 4.5.0)."""


class Reporter(msgspec.Struct, kw_only=True, frozen=True):
    """Who hands something in, if they say so; nobody can read it afterwards but themselves."""

    name: str = ""
    email: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.email or self.phone)


class Draft(msgspec.Struct, kw_only=True):
    """What somebody hands in: `place` is longitude and latitude, `media` names pictures that were kept before, or
    pictures elsewhere."""

    description: str = ""
    category: str = ""
    place: tuple[float, float] | None = None
    address: str = ""
    media: tuple[str, ...] = ()
    channel: Channel = "web"
    answers: dict[str, str | tuple[str, ...]] = {}
    reporter: Reporter = Reporter()
    follows: str = ""

    @property
    def point(self) -> dict[str, Any] | None:
        """Its place as GeoJSON."""
        return {"type": "Point", "coordinates": list(self.place)} if self.place else None


class Shown(msgspec.Struct):
    """What may be shown of a draft; `original` is the text as it was sent where something of it was covered."""

    text: str
    address: str
    answers: dict[str, Any]
    language: str
    kinds: tuple[str, ...]
    hold: str
    original: str


def looked(draft: Draft) -> Shown:
    """Look at everything in a draft that could be read by others. What holds the address or an answer back moves it
    into the text, where somebody sees it first."""
    text, address = look(draft.description), look(draft.address, but=("address",))
    answers = {name: _each(value) for name, value in draft.answers.items()}
    every = [text, address, *(one for several in answers.values() for one in several)]
    hold = next((one.hold for one in every if one.hold), "")
    covered = [finding.kind for one in every for finding in one.findings]
    plain = {name: [one.text for one in several] for name, several in answers.items()}
    whole = "\n".join(one.text for one in every if one.text)
    return Shown(
        text=whole if hold else text.text,
        address="" if hold else address.text,
        answers={} if hold else {name: held[0] if len(held) == 1 else held for name, held in plain.items()},
        language=text.language,
        kinds=tuple(dict.fromkeys(covered)),
        hold=hold,
        original="\n".join(filter(None, (draft.description, draft.address, *_words(draft)))) if covered else "",
    )


def _each(value: str | tuple[str, ...]) -> list[Looked]:
    return [look(one) for one in ((value,) if isinstance(value, str) else value)]


def _words(draft: Draft) -> list[str]:
    return [one for value in draft.answers.values() for one in ((value,) if isinstance(value, str) else value)]


def check(draft: Draft, known: Mapping[str, Category]) -> None:
    """Raise `BadInput` that names the field for a draft that cannot be kept."""
    text = tidy(draft.description)
    if not text and not draft.media and not draft.category:
        raise BadInput("It is not said what this is about.", where="description", hint="A few words are enough.")
    if len(text) > LONGEST:
        raise BadInput(f"The text is longer than {LONGEST} characters.", where="description", hint="Shorten it.")
    if draft.category and draft.category not in known:
        raise BadInput(f"“{draft.category[:60]}” is no category.", where="category", hint=f"Or leave it: {OTHER}.")
    if draft.place and not (-180 <= draft.place[0] <= 180 and -90 <= draft.place[1] <= 90):
        raise BadInput("The place lies nowhere.", where="place", hint="Longitude, then latitude, in degrees.")
    if len(draft.media) > PICTURES or not all(len(each) <= LONGEST_LINE for each in draft.media):
        raise BadInput(f"There are more than {PICTURES} pictures, or a name is too long.", where="media")
    if len(draft.answers) > MOST or len(_words(draft)) > MOST:
        raise BadInput(f"There are more than {MOST} answers.", where="answers", hint="Write it as text.")
    for where, line in _lines(draft):
        if len(line) > LONGEST_LINE:
            raise BadInput(f"This is longer than {LONGEST_LINE} characters.", where=where, hint="Shorten it.")
    for where, line in (("description", text), *_lines(draft)):
        if line.strip() == _TAKES_AWAY:
            raise BadInput(f"“{_TAKES_AWAY}” is no text.", where=where, hint="Write it in words.")


def _lines(draft: Draft) -> list[tuple[str, str]]:
    who = draft.reporter
    named = [("address", draft.address), ("name", who.name), ("email", who.email), ("phone", who.phone)]
    return [*named, *(("answers", line) for line in (*draft.answers, *_words(draft)))]
