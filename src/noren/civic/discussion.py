"""A discussion of a proposal or an issue: what is said for and against, who agrees with what, which groups that makes.

The same words again are folded into the first and counted there, never as votes. Whoever agrees or disagrees is a
pseudonym, another one in each discussion; what one person thinks is never shown, only what many do.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from noren.civic.folding import normal
from noren.civic.moderating import shown
from noren.civic.opinions import Opinions, Vote, VoteMatrix, analyse
from noren.civic.opinions.polis import FEWEST
from noren.civic.opinions.report import name
from noren.civic.opinions.standing import Stand
from noren.civic.references import urn
from noren.errors import BadInput, Conflict, NotFound
from noren.terms.records import Comment, Issue, Proposal, Stance

if TYPE_CHECKING:
    from noren.view import View

Position = Literal["for", "against", "amendment", "none"]
Agreement = Literal[1, 0, -1]
LONGEST, PAGE = 1000, 5000
TOLD = 5
"""From how many stances on a comment, or voters in a group, figures are told."""
CELLS = 24
"""Voters are shown in a raster of so many cells a side, so that a dot is not one person's answers."""
Plain = dict[str, Any]


class Said(msgspec.Struct):
    """What somebody says to a proposal or an issue."""

    text: str
    position: Position = "none"


async def _open(view: View, about: str) -> None:
    """Raises `NotFound` for what is no matter of discussion, `Conflict` for a proposal that is not published."""
    proposal = await view.get(Proposal, about)
    if proposal is None and await view.get(Issue, about) is None:
        raise NotFound("There is no such proposal or issue.", where=about)
    if proposal is not None and proposal.moderation != "published":
        raise Conflict("This proposal is not published.", where=about)


async def add(view: View, about: str, said: Said) -> tuple[Comment, bool]:
    """Keep a comment, and whether it is the first in these words; raises `BadInput` for one without words.

    Its id follows from its words, so that a flood of them costs each the same; what was taken away stays away.
    """
    text = said.text.strip()
    if not text or len(text) > LONGEST:
        raise BadInput(f"A comment has some words, and {LONGEST} characters at most.", where="text")
    await _open(view, about)
    same = sha256(f"{about}|{said.position}|{normal(text) or text}".encode()).hexdigest()[:24]
    id = urn("Comment", view.home.slug, same)
    if earlier := await view.get(Comment, id):
        await view.change([Comment(id=id, times_said=(earlier.times_said or 1.0) + 1.0)])
        return earlier, False
    comment = Comment(
        id=id,
        about=about,
        position=said.position,
        said_at=view.now(),
        times_said=1.0,
        **shown(text).fields,
    )
    await view.keep([comment])
    return comment, True


async def _comments(view: View, about: str) -> list[Comment]:
    """Comments that are published, oldest first."""
    found = [each async for each in view.find(Comment, q=f'about=="{about}"', limit=PAGE)]
    return sorted((c for c in found if c.moderation == "published"), key=lambda c: (str(c.said_at), c.id))


async def agree(view: View, about: str, comment: str, agreement: Agreement, voter: str) -> None:
    """Keep what a pseudonym thinks of a comment; the last one counts. Raises `NotFound` for a comment of another
    discussion or one that is not published."""
    found = await view.get(Comment, comment)
    if found is None or found.about != about or found.moderation != "published":
        raise NotFound("There is no such comment in this discussion.", where=comment)
    day = view.now().replace(hour=0, minute=0, second=0, microsecond=0)
    stance = Stance(
        id=_stance(view, comment, voter),
        about=comment,
        in_discussion=about,
        agreement=float(agreement),
        voter=voter,
        said_at=day,
    )
    await view.keep([stance])


def pseudonym(secret: str, about: str) -> str:
    """Who somebody is in one discussion, from what only their browser keeps; not to be traced to another discussion."""
    return sha256(f"{secret}|{about}".encode()).hexdigest()[:32]


def _stance(view: View, comment: str, voter: str) -> str:
    return urn("Stance", view.home.slug, sha256(f"{voter}|{comment}".encode()).hexdigest()[:32])


async def mine(view: View, about: str, voter: str) -> dict[str, int]:
    """What a pseudonym thinks, by comment."""
    ids = [_stance(view, each.id, voter) for each in await _comments(view, about)]
    found = [each async for each in view.find(Stance, ids=ids)] if ids else []
    return {each.about: int(each.agreement or 0) for each in found if each.about}


async def comments(view: View, about: str) -> list[Plain]:
    """What is said in a discussion, oldest first; raises `NotFound` for what is no matter of one."""
    await _known(view, about)
    return [
        {
            "id": each.id,
            "text": each.description,
            "position": each.position,
            "saidAt": each.said_at,
            "timesSaid": int(each.times_said or 1),
        }
        for each in await _comments(view, about)
    ]


async def weighed(view: View, about: str) -> Plain:
    """How many agree with each comment, as far as enough do, and the groups of opinion.

    `view` must see stances (the counter's does); nothing that is told leads to one voter.
    """
    ids = [each.id for each in await _comments(view, about)]
    stances = [each async for each in view.find(Stance, q=f'inDiscussion=="{about}"')]
    counts: dict[str, Counter[int]] = {id: Counter() for id in ids}
    for each in stances:
        if each.about in counts:
            counts[each.about][int(each.agreement or 0)] += 1
    told = {
        id: {"agree": each[1], "disagree": each[-1], "pass": each[0]}
        for id, each in counts.items()
        if each.total() >= TOLD
    }
    return {"stances": told, "opinions": await asyncio.to_thread(opinions, ids, stances)}


async def _known(view: View, about: str) -> None:
    if await view.get(Proposal, about) is None and await view.get(Issue, about) is None:
        raise NotFound("There is no such proposal or issue.", where=about)


def opinions(comments: Sequence[str], stances: Iterable[Stance]) -> Plain:
    """Groups of opinion in a discussion, as far as enough people took part."""
    place = {id: at for at, id in enumerate(comments)}
    known = [each for each in stances if each.about in place and each.voter]
    people = {voter: at for at, voter in enumerate(sorted({str(each.voter) for each in known}))}
    votes = [Vote(people[str(s.voter)], place[str(s.about)], int(s.agreement or 0)) for s in known]
    told: Plain = {"voters": len(people), "fewest": FEWEST, "tooFew": True}
    if len(people) < FEWEST or len({vote.statement for vote in votes}) < 3:
        return told
    found = analyse(VoteMatrix.of(votes))
    if found.grouping is None or found.common is None:
        return told
    sizes = np.bincount(found.grouping.group).tolist()
    return told | {
        "tooFew": False,
        "placed": int(found.inside.sum()),
        "groups": [
            {"name": name(at), "voters": size, "stands": [_stand(each, comments) for each in found.stands[at]]}
            for at, size in enumerate(sizes)
            if size >= TOLD
        ],
        "common": [_stand(each, comments) for side in found.common.values() for each in side],
        "dots": _dots(found),
    }


def _stand(each: Stand, comments: Sequence[str]) -> Plain:
    told = {"yes": each.yes, "votes": each.votes} if each.votes >= TOLD else {}
    return {"comment": comments[each.statement], "side": each.side} | told


def _dots(found: Opinions) -> list[Plain]:
    """How many voters of which group stand in a cell of the picture, 0 to 1 from left to right and bottom to top."""
    if found.points is None or found.grouping is None:
        return []
    low, high = found.points.min(axis=0), found.points.max(axis=0)
    cells = np.rint((found.points - low) / np.maximum(high - low, 1e-9) * CELLS).astype(int)
    counted = Counter(zip(cells[:, 0].tolist(), cells[:, 1].tolist(), found.grouping.group.tolist(), strict=True))
    return [
        {"x": x / CELLS, "y": y / CELLS, "group": name(group), "voters": n}
        for (x, y, group), n in sorted(counted.items())
    ]
