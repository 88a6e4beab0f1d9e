"""Causes and evidence: what people say about why an issue is there, each tied to its support or not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from noren.civic.looking import look
from noren.civic.references import reference, urn
from noren.contract import Function, Layer
from noren.errors import BadInput
from noren.terms.records import Claim, Dataset, Issue

if TYPE_CHECKING:
    from noren.view import View

ClaimKind = Literal["cause", "evidence", "question"]
Author = Literal["resident", "expert", "staff"]
LONGEST = 2000


class Said(msgspec.Struct, kw_only=True):
    """A cause, a piece of evidence or a question about an issue; `datasets` are ids, `studies` addresses or titles."""

    text: str
    kind: ClaimKind = "cause"
    datasets: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    functions: tuple[Function, ...] = ()
    author: Author = "resident"


async def add(view: View, issue: str, said: Said) -> Claim:
    """Keep a claim about an issue. Raises `BadInput` for one without words, or that leans on a dataset that the city
    does not hold."""
    text = said.text.strip()
    if not text or len(text) > LONGEST:
        raise BadInput("A claim has some words, and two thousand characters at most.", where="text")
    about, looked = await view.need(Issue, issue), look(text)
    await _check(view, said.datasets)
    claim = Claim(
        id=urn("Claim", view.home.slug, reference().lower()),
        about=about.id,
        claim_kind=said.kind,
        description=None if looked.hold else looked.text,
        held_text=looked.text if looked.hold else None,
        moderation="held" if looked.hold else "published",
        layers=list(said.layers or about.layers or ()) or None,
        functions=list(said.functions or about.functions or ()) or None,
        supported_by=list(said.datasets) or None,
        studies=[each.strip() for each in said.studies if each.strip()] or None,
        is_known=bool(said.datasets or any(each.strip() for each in said.studies)),
        author_kind=said.author,
        said_at=view.now(),
    )
    await view.keep([claim])
    return claim


async def _check(view: View, datasets: Sequence[str]) -> None:
    for id in datasets:
        if await view.get(Dataset, id) is None:
            raise BadInput(f"The catalogue has no dataset {id}.", where="datasets", hint="Take its id from Data.")


async def of(view: View, issue: str) -> list[Claim]:
    """The claims about an issue that are published, oldest first."""
    found = [each async for each in view.find(Claim, q=f'about=="{issue}"')]
    return sorted((c for c in found if c.moderation == "published"), key=lambda c: (c.said_at is None, c.said_at, c.id))
