"""The room Vision: where the city wants to be, what it undertakes, what is tried, what it costs, who will live here."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from noren.civic.pulse.questions import questions
from noren.errors import BadInput
from noren.governance import ahead, budget, initiatives, life, trials, undertaking, vision
from noren.governance.initiatives import Verdict
from noren.services import all_services
from noren.terms.records import Initiative, Trial
from noren.web.api.answers import answer, caller, city_of, is_staff, kept, number, told
from noren.web.api.staff import staff

KEEP_S = 24 * 3600.0
TRIAL_S = 60.0


async def outcomes(request: Request) -> Response:
    """Visions and outcomes: measures, targets on the way, outlook, gap, what must start when."""
    return answer(await vision.gather(caller(request)))


async def listing(request: Request) -> Response:
    """What the city undertakes; for staff also the proposals about which nobody has decided."""
    view = caller(request)
    found: dict[str, Any] = {"initiatives": await undertaking.listing(view)}
    if is_staff(view, city_of(request)):
        found["proposals"] = await undertaking.proposals(view)
    return answer(found)


async def one(request: Request) -> Response:
    """One initiative, from its issue to the decision, with what it is worth and how its cost is shared."""
    view, id = caller(request), request.path_params["id"]
    story, initiative = await undertaking.story(view, id), await view.need(Initiative, id)

    async def work() -> Any:
        worth = await asyncio.to_thread(budget.worth, initiative, view.now())
        return {"worth": worth, "shares": await asyncio.to_thread(budget.shares, initiative)}

    figures = [initiative.costs, initiative.gains, initiative.sharing, initiative.starts_on, initiative.ends_on]
    key = hash(msgspec.json.encode(figures, order="deterministic"))
    return answer(story | await kept(request, view, key).latest(work, KEEP_S) | {"factors": questions()})


class Grounds(msgspec.Struct):
    """Why, by language; it is published."""

    grounds: dict[str, str] = {}


async def start(request: Request) -> Response:
    """Staff: let an initiative begin, which has stated its end."""
    view, asked = staff(request), await told(request, Grounds)
    begun = await initiatives.start(view, request.path_params["id"], asked.grounds)
    return answer(undertaking.row(begun))


class Adoption(msgspec.Struct, rename="camel"):
    """Why a proposal is adopted, and who owns the initiative that it becomes."""

    grounds: dict[str, str] = {}
    name: str = ""
    owner: str = ""


async def adopt(request: Request) -> Response:
    """Staff: make an initiative of a proposal."""
    view, id, asked = staff(request), request.path_params["id"], await told(request, Adoption)
    made = Initiative(
        id=f"urn:ngsi-ld:Initiative:{view.home.slug}:{id.rsplit(':', 1)[-1]}",
        name=asked.name.strip() or None,
        owner=[asked.owner.strip()] if asked.owner.strip() else None,
    )
    return answer(undertaking.row(await initiatives.adopt(view, id, made, asked.grounds)), 201)


async def tried(request: Request) -> Response:
    """Trials, those first that wait for a decision, and services whose trial is over."""
    view = caller(request)
    services = (await trials.waiting(view, [each.declaration for each in all_services()]))["services"]
    return answer({"trials": await trials.listing(view), "services": services})


async def trial(request: Request) -> Response:
    """One trial: what it showed, what it has cost, how those touched by it feel."""
    view, id = caller(request), request.path_params["id"]
    story, one = await trials.story(view, id), await view.need(Trial, id)
    key = hash(msgspec.json.encode([one.comparison, one.starts_on, one.ends_on], order="deterministic"))
    shown = await kept(request, view, key).latest(lambda: trials.shown(view, one), TRIAL_S)
    return answer(story | {"shown": shown, "factors": questions()})


class Deciding(Grounds, kw_only=True):
    """What is decided about a trial or an initiative, why, and by whom."""

    verdict: Verdict
    by: str = ""


async def decide(request: Request) -> Response:
    """Staff: keep, widen, change the rule, or stop."""
    view, asked = staff(request), await told(request, Deciding)
    decision = await trials.decide(view, request.path_params["id"], asked.verdict, asked.grounds, asked.by)
    return answer(trials.told(decision), 201)


async def rules(request: Request) -> Response:
    """Rules and guidelines that trials touched or that stand in the way."""
    return answer({"rules": await vision.rules(caller(request))})


async def wellbeing(request: Request) -> Response:
    """What surveys found, with intervals and the change since the first, and what each factor asks on which scale."""
    return answer({"results": await life.results(caller(request)), "factors": questions()})


async def money(request: Request) -> Response:
    """The budget of the platform and of each initiative, by year and payer."""
    return answer(await budget.gather(caller(request)))


async def people(request: Request) -> Response:
    """Who will live here; `place`, `to` and `scenario` choose. Worked out once for each state of the districts."""
    view, asked, to = caller(request), request.query_params, number(request, "to")
    if to is not None and not 1900 <= to <= 2200:
        raise BadInput("This is no year.", where="parameter to", hint="Try 2050.")
    until, place = int(to) if to is not None else None, asked.get("place", "")
    scenario, counted = asked.get("scenario", "median"), await ahead.counts(view)

    async def work() -> Any:
        return await asyncio.to_thread(ahead.answer, counted, place, until, scenario)

    return answer(await kept(request, view, (counted.key, place, until, scenario)).latest(work, KEEP_S))


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/vision/outcomes", outcomes),
    ("GET", "/api/vision/initiatives", listing),
    ("GET", "/api/vision/initiatives/{id}", one),
    ("POST", "/api/vision/initiatives/{id}/start", start),
    ("POST", "/api/vision/proposals/{id}/adopt", adopt),
    ("GET", "/api/vision/trials", tried),
    ("GET", "/api/vision/trials/{id}", trial),
    ("POST", "/api/vision/trials/{id}/decision", decide),
    ("GET", "/api/vision/rules", rules),
    ("GET", "/api/vision/life", wellbeing),
    ("GET", "/api/vision/money", money),
    ("GET", "/api/vision/people", people),
]
