"""Polls: what is asked, of whom, in which form, and by which rule it will be decided, all stated before it opens.

A poll is a draft, then open between two times, closed by the city once the paper is in, and decided in words. Names to
know: `Draft`, `create`, `election`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from noren.civic import rights
from noren.civic.ballots import RULES, Ballot, Election, Project, applicable
from noren.civic.ballots import election as kinds
from noren.civic.ballots.pb import parse
from noren.civic.references import reference, urn
from noren.errors import BadInput, Conflict
from noren.terms.record import listed
from noren.terms.records import Poll

if TYPE_CHECKING:
    from noren.view import View

Form = Literal["choose-one", "approval", "cumulative", "ranked", "budget"]
State = Literal["draft", "soon", "open", "counting", "closed", "decided"]
BALLOTS: dict[str, str] = {
    "choose-one": kinds.CHOOSE_ONE,
    "approval": kinds.APPROVAL,
    "cumulative": kinds.CUMULATIVE,
    "ranked": kinds.ORDINAL,
    "budget": kinds.APPROVAL,
}
_FORMS = {kind: form for form, kind in BALLOTS.items() if form != "budget"}
_RULES = {"budget": "equalshares/add1u", "ranked": "schulze", "cumulative": "points"}
_SETTLED: dict[str, State] = {"draft": "draft", "closed": "closed", "decided": "decided"}
CHOICES, POINTS, TITLE = 500, 10.0, 300
Plain = dict[str, Any]


class Choice(msgspec.Struct, rename="camel", omit_defaults=True):
    """Something to vote for; `cost` in the poll's currency, `proposal` the id of the proposal that it comes from."""

    name: dict[str, str]
    id: str = ""
    cost: float = 0.0
    text: dict[str, str] = {}
    proposal: str = ""


class Limits(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """What one ballot may hold: how many choices, points for one and together; `seats` is how many are chosen where
    there is no budget, `threshold` the votes that a choice needs."""

    min_length: int = 1
    max_length: int | None = None
    max_points: float | None = None
    max_sum_points: float | None = None
    seats: int = 1
    threshold: float | None = None


class Draft(msgspec.Struct, kw_only=True, rename="camel"):
    """A poll as staff write it; a rule is proposed where none is named."""

    question: dict[str, str]
    form: Form
    choices: tuple[Choice, ...]
    budget: float | None = None
    currency: str = ""
    limits: Limits = Limits()
    rule: str = ""
    eligibility: dict[str, str] = {}
    opens_at: datetime | None = None
    closes_at: datetime | None = None


class Opening(msgspec.Struct, rename="camel"):
    """From when to when a poll is open; from now on when it is not said."""

    closes_at: datetime | None = None
    opens_at: datetime | None = None


async def create(view: View, draft: Draft) -> Poll:
    """Keep a poll as a draft; raises `BadInput` that names the field."""
    choices = _checked(draft)
    poll = Poll(
        id=urn("Poll", view.home.slug, reference().lower()),
        name=next(iter(draft.question.values()))[:TITLE],
        question=draft.question,
        form=draft.form,
        choices=[msgspec.to_builtins(each) for each in choices],
        budget=draft.budget,
        currency=draft.currency or None,
        ballot_limits=msgspec.to_builtins(draft.limits) or None,
        eligibility=draft.eligibility or None,
        electors=0.0,
        code_salt=rights.salt(),
        status="draft",
        opens_at=draft.opens_at,
        closes_at=draft.closes_at,
    )
    poll.counting_rule = _rule(draft, poll)
    await view.keep([poll])
    return poll


def _checked(draft: Draft) -> list[Choice]:
    if not any(text.strip() for text in draft.question.values()):
        raise BadInput("It is not said what is asked.", where="question")
    choices = [msgspec.structs.replace(each, id=each.id or str(at)) for at, each in enumerate(draft.choices, 1)]
    if not 2 <= len(choices) <= CHOICES:
        raise BadInput(f"A poll has 2 to {CHOICES} choices.", where="choices")
    ids = [each.id for each in choices]
    for at, each in enumerate(choices):
        where = f"choices[{at}]"
        if ids.count(each.id) > 1 or not each.id.strip() or set(each.id) & set(',;"\n\r'):
            raise BadInput(
                f"“{each.id[:40]}” cannot name a choice.", where=where, hint="Each another, without , ; or quotes."
            )
        if not any(text.strip() for text in each.name.values()):
            raise BadInput("The choice has no name.", where=where)
        if not isfinite(each.cost) or each.cost < 0:
            raise BadInput("The cost is no amount of money.", where=where, hint="Zero or more.")
    _check_money(draft, choices)
    _check_limits(draft.limits)
    return choices


def _check_money(draft: Draft, choices: Sequence[Choice]) -> None:
    if draft.budget is None and draft.form != "budget":
        return
    if draft.budget is None or not isfinite(draft.budget) or draft.budget <= 0:
        raise BadInput("The budget is no amount of money.", where="budget", hint="More than zero.")
    if draft.form == "budget" and any(each.cost > draft.budget for each in choices):
        raise BadInput("A choice costs more than the whole budget.", where="choices", hint="Nobody could choose it.")


def _check_limits(limits: Limits) -> None:
    told = (limits.threshold, limits.max_points, limits.max_sum_points)
    amounts = [each for each in told if each is not None]
    whole = [limits.min_length, limits.seats, *([] if limits.max_length is None else [limits.max_length])]
    if not all(isfinite(each) and each >= 0 for each in amounts) or min(whole) < 1:
        raise BadInput(
            "The limits of a ballot do not hold.", where="limits", hint="Whole numbers from 1; points from 0."
        )
    if limits.max_length is not None and limits.max_length < limits.min_length:
        raise BadInput("A ballot would hold fewer choices than it must.", where="limits")


def _rule(draft: Draft, poll: Poll) -> str:
    """The rule named, or the usual one of the form; raises `BadInput` for one that does not fit it."""
    fitting = [*applicable(election(poll)), *(RULES if draft.budget is not None else ())]
    usual = _RULES.get("budget" if draft.budget is not None else draft.form, fitting[0])
    if draft.rule and draft.rule not in fitting:
        raise BadInput(f"“{draft.rule[:40]}” does not fit.", where="rule", hint=", ".join(dict.fromkeys(fitting)))
    return draft.rule or usual


def imported(text: str, language: str, name: str = "") -> tuple[Draft, int]:
    """A draft from Pabulib's `.pb` file, and how many ballots in it were left aside.

    Raises `BadInput` for a file that holds no projects, or whose ballots have a form that no poll has.
    """
    found = parse(text, name)
    if found.vote_type not in _FORMS:
        raise BadInput(f"Ballots of the kind “{found.vote_type}” are not taken.", where="vote_type")
    knapsack = found.vote_type == kinds.APPROVAL and found.budget is not None
    limits, most = found.limits, len(found.projects)
    title = found.meta.get("description") or name or "Vote"
    draft = Draft(
        question={language: title[:TITLE]},
        form="budget" if knapsack else _FORMS[found.vote_type],  # type: ignore[arg-type]
        choices=tuple(Choice({language: each.name or each.id}, each.id, float(each.cost)) for each in found.projects),
        budget=None if found.budget is None else float(found.budget),
        currency=found.meta.get("currency", ""),
        limits=Limits(
            min_length=limits.min_length,
            max_length=limits.max_length if limits.max_length < most else None,
            max_points=_float(limits.max_points),
            max_sum_points=_float(limits.max_sum_points),
            threshold=float(found.threshold) or None,
        ),
        rule=found.rule if found.rule in applicable(found) else "",
    )
    return draft, len(found.ballots)


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def limits_of(poll: Poll) -> Limits:
    """What one ballot of a poll may hold, with what its form adds."""
    limits = msgspec.convert(poll.ballot_limits or {}, Limits)
    if poll.form == "choose-one":
        limits = msgspec.structs.replace(limits, max_length=1)
    if poll.form == "cumulative" and limits.max_sum_points is None:
        limits = msgspec.structs.replace(limits, max_sum_points=POINTS)
    return limits


def election(poll: Poll, ballots: Sequence[Ballot] = (), language: str = "en") -> Election:
    """A poll with its ballots as an election for `noren.civic.ballots`."""
    limits = limits_of(poll)
    choices = msgspec.convert(listed(poll.choices), list[Choice])
    meta = {
        "description": _in(poll.question, language),
        "currency": poll.currency,
        "rule": poll.counting_rule,
        "budget": _number(poll.budget),
        "min_length": limits.min_length,
        "max_length": limits.max_length,
        "max_sum_cost": _number(poll.budget) if poll.form == "budget" else None,
        "max_points": _number(limits.max_points),
        "max_sum_points": _number(limits.max_sum_points),
        "seats": limits.seats if poll.budget is None else None,
        "min_project_score_threshold": _number(limits.threshold),
        "date_begin": poll.opens_at and f"{poll.opens_at:%d.%m.%Y}",
        "date_end": poll.closes_at and f"{poll.closes_at:%d.%m.%Y}",
    }
    return Election(
        BALLOTS[poll.form or "choose-one"],
        [Project(each.id, _exact(each.cost if poll.budget else 0.0), _in(each.name, language)) for each in choices],
        list(ballots),
        None if poll.budget is None else _exact(poll.budget),
        {key: str(value) for key, value in meta.items() if value not in (None, "")},
    )


def _exact(amount: float) -> Decimal:
    return Decimal(int(amount)) if amount == int(amount) else Decimal(str(amount))


def _number(amount: float | None) -> str | None:
    return None if amount is None else f"{_exact(amount):f}"


def _in(text: dict[str, str] | None, language: str) -> str:
    return (text or {}).get(language) or next(iter((text or {}).values()), "")


def state(poll: Poll, now: datetime) -> State:
    """How a poll stands: draft, soon, open, counting (its time is over), closed (ballots are published), decided."""
    if poll.status in _SETTLED:
        return _SETTLED[poll.status]
    if poll.opens_at is not None and now < poll.opens_at:
        return "soon"
    return "open" if poll.closes_at is not None and now < poll.closes_at else "counting"


async def open(view: View, id: str, times: Opening) -> Poll:
    """Open a draft from one time to another; nothing of it but words changes afterwards."""
    poll = await view.need(Poll, id)
    if poll.status != "draft":
        raise Conflict("Only a draft can be opened.", where=id)
    opens, closes = times.opens_at or poll.opens_at or view.now(), times.closes_at or poll.closes_at
    if closes is None or any(each.tzinfo is None for each in (opens, closes)) or closes <= max(opens, view.now()):
        raise BadInput("It is not said until when it is open.", where="closesAt", hint="A time to come, with its zone.")
    if not poll.electors:
        raise Conflict("Nobody has a right to vote yet.", where=id, hint="Make slips first: noren roll.")
    await view.change([Poll(id=id, status="open", opens_at=opens, closes_at=closes)])
    return await view.need(Poll, id)


async def roll(view: View, id: str, count: int) -> list[str]:
    """Codes for `count` more slips, told this once; raises `Conflict` once the poll is over."""
    poll = await view.need(Poll, id)
    if state(poll, view.now()) not in ("draft", "soon", "open"):
        raise Conflict("The vote is over.", where=id)
    codes = await rights.issue(view, id, poll.code_salt or "", count)
    await view.change([Poll(id=id, electors=(poll.electors or 0.0) + count)])
    return codes


def row(poll: Poll, now: datetime) -> Plain:
    """A poll as everybody reads it."""
    return {
        "id": poll.id,
        "question": poll.question,
        "form": poll.form,
        "state": state(poll, now),
        "choices": listed(poll.choices),
        "budget": poll.budget,
        "currency": poll.currency,
        "limits": limits_of(poll),
        "rule": poll.counting_rule,
        "eligibility": poll.eligibility,
        "electors": int(poll.electors or 0),
        "opensAt": poll.opens_at,
        "closesAt": poll.closes_at,
        "ballotsCast": None if poll.ballots_cast is None else int(poll.ballots_cast),
        "result": poll.result,
    }


async def listing(view: View) -> list[Plain]:
    """All polls, the newest first."""
    found = [each async for each in view.find(Poll, limit=CHOICES)]
    now = view.now()
    order = {"open": 0, "counting": 1, "soon": 2, "closed": 3, "decided": 3, "draft": 4}
    found.sort(key=lambda p: (order[state(p, now)], -(p.closes_at.timestamp() if p.closes_at else 0.0)))
    return [row(each, now) for each in found]
