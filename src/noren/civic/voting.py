"""Voting: a ballot for a code, its receipt, and what is published once the vote is over.

Neither a ballot nor the mark that a code was used carries a time or the other's id, and when the poll closes all
ballots are written anew at once, in the order of their receipts. What could be seen all the same stands in
docs/deciding-together.md.
Names to know: `cast`, `close`, `published`, `decide`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from noren.civic import rights
from noren.civic.ballots import Ballot, Case, Outcome, applicable, count, publish, report, words
from noren.civic.ballots import decide as decided_by
from noren.civic.ballots.report import Report
from noren.civic.ballots.rules import BrokenTie, Change
from noren.civic.polls import election, state
from noren.civic.references import read, reference, urn
from noren.errors import BadInput, Conflict, NotFound
from noren.messages import say
from noren.terms.record import listed, stamp
from noren.terms.records import Ballot as Kept
from noren.terms.records import Poll

if TYPE_CHECKING:
    from noren.view import View

Via = Literal["web", "paper", "booth"]
LANGUAGES = ("en", "ja")
SETTLING = timedelta(minutes=1)
"""How long after the end a ballot that was sent in time may still be on its way into the box."""
Plain = dict[str, Any]


class Vote(msgspec.Struct, kw_only=True):
    """A ballot as it is handed in: choices, best first where they are ranked, and in the same order points.

    `received` is when paper reached the city, now when it is not said.
    """

    code: str
    choices: tuple[str, ...] = ()
    points: tuple[float, ...] = ()
    via: Via = "web"
    received: datetime | None = None


class Receipt(msgspec.Struct, rename="camel"):
    """What the voter takes home; `refused` says why paper does not count, "" when it does."""

    receipt: str
    refused: str = ""


class Decision(msgspec.Struct):
    """What the city makes of the result, by language; `winners` when lots were drawn or a council chose otherwise."""

    text: dict[str, str]
    winners: tuple[str, ...] = ()


async def cast(view: View, id: str, vote: Vote) -> Receipt:
    """Take a ballot. On the web one that does not hold is refused with its reason and can be mended (`BadInput`,
    `Conflict`, `NotFound`); paper that does not hold is kept with the reason, and does not count."""
    poll = await view.need(Poll, id)
    if vote.via != "web":
        return await _entered(view, poll, vote)
    now = state(poll, view.now())
    if now != "open":
        raise Conflict("This vote is not open.", where=f"poll.{now}", hint="Look when it opens and closes.")
    if reasons := faults(poll, vote):
        told = "; ".join(say("en", f"ballots.reason.{each}") for each in reasons)
        raise BadInput(f"The ballot does not hold: {told}.", where="choices", hint="Mend it and send it again.")
    return await _counted(view, poll, vote)


async def _counted(view: View, poll: Poll, vote: Vote) -> Receipt:
    mark = await rights.use(view, poll.id, poll.code_salt or "", vote.code)
    try:
        return await _keep(view, poll, vote)
    except BaseException:
        await view.delete([mark])
        raise


async def _entered(view: View, poll: Poll, vote: Vote) -> Receipt:
    """Paper or a booth, by staff: kept in any case."""
    now = view.now()
    received = vote.received or now
    if received.tzinfo is None or received > now:
        raise BadInput("It cannot have come then.", where="received", hint="A time that has been, with its zone.")
    if poll.closes_at is None or poll.status == "draft":
        raise Conflict("This vote was never opened.", where="poll.draft")
    if received > poll.closes_at:
        return await _keep(view, poll, vote, "late")
    if poll.status in ("closed", "decided"):
        return await _keep(view, poll, vote, "after-count")
    return await _paper(view, poll, vote)


async def _paper(view: View, poll: Poll, vote: Vote) -> Receipt:
    try:
        mark = await rights.use(view, poll.id, poll.code_salt or "", vote.code)
    except (NotFound, BadInput):
        return await _keep(view, poll, vote, "unknown-code")
    except Conflict:
        return await _keep(view, poll, vote, "double-voter")
    try:
        return await _keep(view, poll, vote, next(iter(faults(poll, vote)), ""))
    except BaseException:
        await view.delete([mark])
        raise


def faults(poll: Poll, vote: Vote) -> tuple[str, ...]:
    """Why a ballot does not hold, as keys `ballots.reason.…`; empty when it does."""
    if not all(isfinite(each) for each in vote.points):
        return ("points-missing",)
    points = tuple(Decimal(str(each)) for each in vote.points)
    found = count(election(poll, [Ballot("", vote.choices, points)]), "strict")
    return found.marks[0].reasons if found.marks else ()


async def _keep(view: View, poll: Poll, vote: Vote, refused: str = "") -> Receipt:
    number = reference()
    ballot = Kept(
        id=urn("Ballot", view.home.slug, uuid.uuid4().hex),
        in_poll=poll.id,
        marks=_marks(vote),
        receipt=number,
        cast_via=vote.via,
        refused_reason=refused or None,
    )
    await view.keep([ballot])
    return Receipt(number, refused)


def _marks(vote: Vote) -> Plain:
    """Choices and points as text, which no form of NGSI-LD takes apart."""
    marks = {"choices": "\n".join(vote.choices)}
    return marks | ({"points": " ".join(f"{Decimal(str(each)):f}" for each in vote.points)} if vote.points else {})


def _ballot(kept: Kept) -> Ballot:
    marks = kept.marks or {}
    points = tuple(Decimal(each) for each in marks.get("points", "").split())
    return Ballot(kept.receipt or "", tuple(filter(None, marks.get("choices", "").split("\n"))), points)


async def box(view: View, id: str) -> list[Kept]:
    """All ballots of a poll in the order of their receipts, which is no order at all; each once."""
    found = {each.receipt: each for each in await _all(view, id)}
    return [found[number] for number in sorted(found, key=str)]


async def _all(view: View, id: str) -> list[Kept]:
    return [each async for each in view.find(Kept, q=f'inPoll=="{id}"')]


async def close(view: View, id: str) -> Poll:
    """End the count: ballots are mixed and published, the result under every rule is worked out.

    Raises `Conflict` before the time is over. Going on after an interruption does no harm.
    """
    poll = await view.need(Poll, id)
    if state(poll, view.now()) != "counting":
        raise Conflict("This vote cannot be counted now.", where=id, hint="It is counted once, after its time is over.")
    if poll.closes_at is not None and view.now() < poll.closes_at + SETTLING:
        raise Conflict("Ballots sent at the last moment are still coming in.", where=id, hint="Count in a minute.")
    kept = await _mixed(view, await _all(view, id))
    result = await asyncio.to_thread(_result, poll, kept)
    valid = sum(not each.refused_reason for each in kept)
    await view.change([Poll(id=id, status="closed", ballots_cast=float(valid), result=result)])
    return await view.need(Poll, id)


async def _mixed(view: View, kept: list[Kept]) -> list[Kept]:
    """The same ballots written anew all at once under ids of their receipts, so that no stored time tells one apart."""
    slug = view.home.slug
    anew = {e.receipt: msgspec.structs.replace(e, id=urn("Ballot", slug, (e.receipt or "").lower())) for e in kept}
    ids = {each.id for each in anew.values()}
    if old := [each.id for each in kept if each.id not in ids]:
        await view.keep([anew[number] for number in sorted(anew, key=str)])
        await view.delete(old)
    return list(anew.values())


def _result(poll: Poll, kept: list[Kept]) -> Plain:
    """The outcome under the poll's rule and beside it under the others, with what ties decided, in words."""
    valid = [_ballot(each) for each in kept if not each.refused_reason]
    found = election(poll, valid)
    own = poll.counting_rule or ""
    others = [rule for rule in applicable(found) if rule != own]
    told = report(found, rules=[own, *others], counting="strict")
    differences = told.differences()
    votes = told.count.score if found.ranked_by_points else told.count.votes
    return {
        "rule": own,
        "winners": list(told.outcomes[0].winners),
        "counted": told.count.counted,
        "via": dict(Counter(each.cast_via for each in kept if not each.refused_reason)),
        "refused": dict(Counter(each.refused_reason for each in kept if each.refused_reason)),
        "votes": {id: float(n) for id, n in votes.items()},
        "words": {language: _sentences(poll, told, language) for language in LANGUAGES},
        "outcomes": [_outcome(each, differences.get(each.rule)) for each in told.outcomes],
    }


def _outcome(found: Outcome, change: Mapping[str, tuple[str, ...]] | None) -> Plain:
    figures = found.figures
    return {
        "rule": found.rule,
        "winners": list(found.winners),
        "spent": float(figures.spent),
        "shareWithWinner": round(figures.share_with_winner, 4),
        "gained": list((change or {}).get("gained", ())),
        "lost": list((change or {}).get("lost", ())),
    }


def _sentences(poll: Poll, told: Report, language: str) -> list[str]:
    """What decided under the poll's own rule, with the choices by their names."""
    named = {each.id: each.name for each in election(poll, language=language).projects}
    outcome = _named(told.outcomes[0], named)
    return [*words.facts(outcome, language), *words.ties(outcome, language)]


def _named(outcome: Outcome, names: Mapping[str, str]) -> Outcome:
    """The same with the choices by their names."""
    ties = []
    for tie in outcome.ties:
        changes = tuple(
            Change(names[each.first], _renamed(each.gained, names), _renamed(each.lost, names)) for each in tie.changes
        )
        ties.append(BrokenTie(_renamed(tie.projects, names), tie.by, names[tie.first], changes))
    return msgspec.structs.replace(
        outcome, ties=tuple(ties), facts={key: _renamed(value, names) for key, value in outcome.facts.items()}
    )


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Ids of choices in nested facts as names."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, tuple | list):
        return type(value)(_renamed(each, names) for each in value)
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(each, names) for key, each in value.items()}
    return value


async def decide(view: View, id: str, decision: Decision) -> Poll:
    """Say what the city makes of the result; raises `BadInput` for no words or an unknown choice."""
    poll = await view.need(Poll, id)
    text = {language: each.strip() for language, each in decision.text.items() if each.strip()}
    if poll.status != "closed":
        raise Conflict("Only a vote that was counted can be decided.", where=id)
    if not text:
        raise BadInput("The decision has no words.", where="text", hint="Say it in one language at least.")
    if unknown := set(decision.winners) - {each["id"] for each in listed(poll.choices)}:
        raise BadInput(f"There is no choice {', '.join(sorted(unknown))[:80]}.", where="winners")
    result = poll.result | {"decidedAt": stamp(view.now()), "decision": text}
    result |= {"decided": list(decision.winners or poll.result["winners"])}
    await view.change([Poll(id=id, status="decided", result=result)])
    return await view.need(Poll, id)


async def published(view: View, id: str, receipt: str = "") -> Plain:
    """The ballots of a poll that was counted, each with its receipt, and those that do not count with the reason.

    Of one receipt alone where it is named. Raises `Conflict` before the count.
    """
    poll = await _counted_poll(view, id)
    wanted = read(receipt) if receipt else ""
    kept = [each for each in await box(view, id) if wanted in ("", each.receipt)]
    if receipt and not kept:
        raise NotFound("No ballot of this vote has this number.", where=wanted, hint="Look at the receipt once more.")
    return {
        "poll": poll.id,
        "ballots": [_told(_ballot(each)) for each in kept if not each.refused_reason],
        "refused": [{"receipt": e.receipt, "reason": e.refused_reason} for e in kept if e.refused_reason],
    }


def _told(ballot: Ballot) -> Plain:
    told: Plain = {"receipt": ballot.voter, "choices": list(ballot.projects)}
    return told | ({"points": [float(each) for each in ballot.points]} if ballot.points else {})


async def file(view: View, id: str, language: str = "en") -> str:
    """The ballots that count as a `.pb` file, for `noren ballots` and any other program that recounts."""
    poll = await _counted_poll(view, id)
    ballots = [_ballot(each) for each in await box(view, id) if not each.refused_reason]
    found = election(poll, ballots, language)
    return await asyncio.to_thread(
        lambda: publish(found, decided_by(Case.of(found, "strict"), poll.counting_rule or ""))
    )


async def _counted_poll(view: View, id: str) -> Poll:
    poll = await view.need(Poll, id)
    if poll.status not in ("closed", "decided"):
        raise Conflict("The ballots are published after the count.", where=id)
    return poll
