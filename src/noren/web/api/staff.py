"""For staff: the list that empties, alerts to confirm or withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from noren.errors import NotAllowed, NotFound
from noren.governance import trials
from noren.messages import say
from noren.services import all_services
from noren.terms.records import Alert, FloodRiskArea
from noren.web.api.answers import answer, caller, city_of, is_staff
from noren.web.api.datasets import LANGUAGES, card
from noren.web.api.now import current_alerts

if TYPE_CHECKING:
    from noren.view import View

DECISIONS = {"confirm": "confirmed", "withdraw": "withdrawn"}
TROUBLED = {"retrying": "high", "stale": "medium", "stopped": "medium"}


def staff(request: Request) -> View:
    """The caller's view when they are of the city's staff; raises `NotAllowed` otherwise."""
    view = caller(request)
    if not is_staff(view, city_of(request)):
        raise NotAllowed("This is for the city's staff.", hint="Sign in with a token from: noren token")
    return view


async def today(request: Request) -> Response:
    """Feeds that stopped, alerts to confirm, trials to decide, quality that fell."""
    view = staff(request)
    feeds = [feed async for feed in view.find("Feed")]
    items = [item(alert) for alert in await current_alerts(view) if alert.get("confirmation") != "confirmed"]
    due = await trials.waiting(view, [each.declaration for each in all_services()])
    items += [over("trial", each, {"en": each["name"]}, each["id"]) for each in due["trials"]]
    items += [over("service", each, each["title"] or {"en": each["name"]}, each["name"]) for each in due["services"]]
    items += [trouble(feed) for feed in feeds if feed.get("feedState") in TROUBLED]
    items += [poor(c) async for d in view.find("Dataset") if (c := card(d, view.now()))["quality"] and _grave(c)]
    return answer({"items": items, "feeds": [feed_row(feed) for feed in feeds]})


def item(alert: dict[str, Any]) -> dict[str, Any]:
    """An alert that waits for somebody to confirm it."""
    grave = alert.get("severity") in ("high", "critical")
    title = alert.get("headline") or {"en": alert.get("name") or alert["id"]}
    text = alert.get("instruction") or {}
    since = alert.get("dateIssued")
    return _todo("alert", "high" if grave else "medium", title, text, alert["id"], since)


def over(kind: str, each: dict[str, Any], name: dict[str, str], entity: str) -> dict[str, Any]:
    """A trial that came to its end and waits for a decision."""
    title = {lang: say(lang, "api.trial.over", name=name.get(lang) or next(iter(name.values()))) for lang in LANGUAGES}
    test = each["exitTest"] or {}
    return _todo(kind, "high", title, test if isinstance(test, dict) else {"en": test}, entity, each["endsOn"])


def trouble(feed: dict[str, Any]) -> dict[str, Any]:
    """A feed that needs a look."""
    state, name = feed["feedState"], feed.get("name") or feed["id"]
    title = _both(f"api.feed.{state}", name=name)
    text = {lang: str(feed.get("lastError") or "") for lang in LANGUAGES}
    return _todo("feed", TROUBLED[state], title, text, feed["id"], feed.get("lastReading"))


def poor(dataset: dict[str, Any]) -> dict[str, Any]:
    """A dataset whose quality needs a look."""
    worst = dataset["quality"][0]
    return _todo(
        "quality", "medium", _both("api.quality", name=dataset["title"]), worst.get("text", {}), dataset["id"], None
    )


def _grave(dataset: dict[str, Any]) -> bool:
    return any(finding.get("severity") == "high" for finding in dataset["quality"])


def _both(key: str, **values: object) -> dict[str, str]:
    return {lang: say(lang, key, **values) for lang in LANGUAGES}


def _todo(kind: str, severity: str, title: Any, text: Any, entity: str, since: Any) -> dict[str, Any]:
    return {"kind": kind, "severity": severity, "title": title, "text": text, "entity": entity, "since": since}


def feed_row(feed: dict[str, Any]) -> dict[str, Any]:
    """A feed as the table shows it."""
    return {
        "id": feed["id"],
        "name": feed.get("name") or feed["id"],
        "kind": feed.get("feedKind"),
        "state": feed.get("feedState"),
        "lastReading": feed.get("lastReading"),
        "lastError": feed.get("lastError"),
        "readings": feed.get("readings") or 0,
        "refused": feed.get("refused") or 0,
    }


async def decide(request: Request) -> Response:
    """Confirm or withdraw an alert."""
    view, id, decision = staff(request), request.path_params["id"], request.path_params["decision"]
    if decision not in DECISIONS or await view.get("Alert", id) is None:
        raise NotFound("There is no such alert.", hint="Confirm or withdraw one of those under /api/today.")
    change = {"id": id, "type": "Alert", "confirmation": {"type": "Property", "value": DECISIONS[decision]}}
    for outcome in await view.upsert([change]):
        if outcome.error:
            raise outcome.error
    return Response(status_code=204)


async def common_alert(request: Request) -> Response:
    """An alert as CAP 1.2; absent in a city without the service that writes alerts."""
    try:
        from noren.services.disaster import cap
    except ModuleNotFoundError as error:
        raise NotFound("This city has no service that writes alerts.") from error
    view, city = caller(request), city_of(request)
    alert = await view.get(Alert, request.path_params["id"])
    if alert is None:
        raise NotFound("There is no such alert.")
    area = await view.get(FloodRiskArea, alert.affected_area) if alert.affected_area else None
    body = cap.document(alert, area=area, sender=city.organisation, languages=city.config.languages)
    return Response(body, media_type="application/cap+xml")
