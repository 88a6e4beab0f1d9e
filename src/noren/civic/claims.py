"""Causes and evidence: what people say about why an issue is there, each tied to its support or not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from noren.civic.issues import forget
from noren.civic.looking import look, tidy
from noren.civic.references import reference, urn
from noren.contract import Function, Layer
from noren.errors import BadInput
from noren.terms.records import Claim, Dataset, Issue

if TYPE_CHECKING:
    from noren.view import View

ClaimKind = Literal["cause", "evidence", "question"]
Author = Literal["resident", "expert", "staff"]
LONGEST, MOST = 2000, 20


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
    text = tidy(said.text)
    if not text or len(text) > LONGEST:
        raise BadInput("A claim has some words, and two thousand characters at most.", where="text")
    if len(said.datasets) > MOST or len(said.studies) > MOST or any(len(each) > LONGEST for each in said.studies):
        raise BadInput(f"A claim leans on {MOST} datasets or studies at most.", where="datasets, studies")
    studies = [look(each, but=("url",)) for each in said.studies if tidy(each)]
    about, looked = await view.need(Issue, issue), look(text)
    every = [looked, *studies]
    held = any(each.hold for each in every)
    await _check(view, said.datasets)
    claim = Claim(
        id=urn("Claim", view.home.slug, reference().lower()),
        about=about.id,
        claim_kind=said.kind,
        description=None if held else looked.text,
        held_text="\n".join(each.text for each in every) if held else None,
        moderation="held" if held else "published",
        layers=list(said.layers or about.layers or ()) or None,
        functions=list(said.functions or about.functions or ()) or None,
        supported_by=list(said.datasets) or None,
        studies=[each.text for each in studies if not held] or None,
        is_known=bool(said.datasets or studies),
        author_kind=said.author,
        said_at=view.now(),
    )
    await view.keep([claim])
    return claim


async def moderate(view: View, id: str, *, publish: bool, reason: Mapping[str, str], text: str = "") -> Claim:
    """Publish a claim that was held, with other words where staff took something out of them, or take one away with the
    reason that everybody can read. Raises `BadInput` when one is taken away without a reason."""
    words = {language: said.strip() for language, said in reason.items() if said.strip()}
    if not publish and not words:
        raise BadInput("It is not said why.", where="reason", hint="The reason is published; no names in it.")
    claim = await view.need(Claim, id)
    if not publish:
        await forget(view, id, ("description",))
    change = Claim(
        id=id,
        moderation="published" if publish else "removed",
        moderation_reason=words or None,
        description=tidy(text) or claim.held_text or claim.description if publish else None,
        held_text=None if publish else claim.description or claim.held_text,
    )
    await view.change([change], without=("description", "heldText", "moderationReason"))
    return await view.need(Claim, id)


async def _check(view: View, datasets: Sequence[str]) -> None:
    for id in datasets:
        if await view.get(Dataset, id) is None:
            raise BadInput(f"The catalogue has no dataset {id}.", where="datasets", hint="Take its id from Data.")


async def of(view: View, issue: str) -> list[Claim]:
    """The claims about an issue that are published, oldest first."""
    found = [each async for each in view.find(Claim, q=f'about=="{issue}"')]
    return sorted((c for c in found if c.moderation == "published"), key=lambda c: (c.said_at is None, c.said_at, c.id))
