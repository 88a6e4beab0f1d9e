"""Issues that nobody has to report: a threshold that was crossed, data that went bad, a measure that fell.

Found as a service like any other (entry point `noren.services`), so that it is declared, shown on the matrix and can be
switched off. It raises an issue once and not again while that one is open.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from noren.civic import issues
from noren.civic.categories import categories
from noren.civic.folding import OPEN
from noren.contract import Function, Layer, service
from noren.messages import say
from noren.terms.record import listed
from noren.terms.records import Alert, Dataset, Issue, KeyPerformanceIndicator, Outcome

if TYPE_CHECKING:
    from noren.view import View

GRAVE = frozenset({"high", "critical"})
FALL = 0.02
"""Share of its value by which a measure must have moved the wrong way to be called falling."""
_CATEGORY = {"flood": "flooding", "heat": "heat", "traffic": "road-safety"}


class Noticed(msgspec.Struct):
    """Something in the data that is an issue: from which entity, of which category, in which words."""

    source: str
    category: str
    text: str
    place: dict[str, Any] | None = None


@service(
    functions=[Function.PLATFORM, Function.ADMINISTRATION],
    layers=[Layer.SECURITY],
    purpose="participation",
    reads=[Dataset],
    optional=[Alert, Outcome, KeyPerformanceIndicator, Issue],
    writes=[Issue],
    on=[Alert, Dataset],
    every="1h",
    stage="practice",
    title={"en": "Issues from data", "ja": "データから見つける課題"},
    summary={
        "en": "Raises an issue when a grave alert stands, a dataset goes bad or a measure falls.",
        "ja": "重大な警報、データの不具合、指標の悪化があると、課題として取り上げます。",
    },
    serves=("data", "transparency"),
    measures=("issues raised from data before anybody reported them",),
    owner="digital team",
    exit_test="Each year: more than half of what it raises is answered as a real issue.",
    cost="None beyond the data.",
    gains="Residents, who need not report what the city can see itself.",
)
async def raise_issues(view: View) -> None:
    """Raises an issue for each thing noticed that has no open issue yet."""
    known, standing = categories(), await _standing(view)
    async for noticed in _noticed(view):
        if noticed.source in standing:
            continue
        standing.add(noticed.source)
        issue = issues.opened(
            view.home.slug,
            view.now(),
            known[noticed.category],
            text=noticed.text,
            raised_by="data",
            raised_from=noticed.source,
            language=view.home.languages[0],
            place=noticed.place,
        )
        await view.keep([issue])


async def _standing(view: View) -> set[str]:
    """Where the open issues from data came from."""
    q = 'raisedBy=="data";status==' + ",".join(f'"{each}"' for each in OPEN)
    return {issue.raised_from or "" async for issue in view.find(Issue, q=q)}


async def _noticed(view: View) -> AsyncIterator[Noticed]:
    language = view.home.languages[0]
    async for alert in view.find(Alert):
        if alert.severity in GRAVE and alert.confirmation != "withdrawn" and _holds(alert, view):
            text = _in(alert.headline, language) or alert.name or alert.id
            category = _CATEGORY.get(alert.category or "", "disaster-prevention")
            yield Noticed(alert.alert_source or alert.id, category, text, alert.location)
    async for dataset in view.find(Dataset):
        bad = [each for each in listed(dataset.quality) if each.get("severity") == "high"]
        if bad:
            title, what = dataset.title or dataset.id, _in(bad[0].get("text"), language)
            yield Noticed(dataset.id, "data", say(language, "civic.watch.data", title=title, what=what))
    async for outcome in view.find(Outcome):
        if (moved := await _falling(view, outcome)) is not None:
            title = _in(outcome.statement, language) or outcome.title or outcome.id
            text = say(language, "civic.watch.measure", title=title, moved=f"{abs(moved):.0%}")
            yield Noticed(outcome.id, "transparency", text)


def _holds(alert: Alert, view: View) -> bool:
    return alert.valid_to is None or alert.valid_to >= view.now()


async def _falling(view: View, outcome: Outcome) -> float | None:
    """Share by which the measure of an outcome moved away from its target at its last reading; None when it did not."""
    if outcome.base_value is None or outcome.target_value is None:
        return None
    upwards = outcome.target_value >= outcome.base_value
    for measure in outcome.measured_by or ():
        series = await view.series("KeyPerformanceIndicator", "kpiValue", ids=[measure], last=2)
        values = [value for value in series.column("number").to_pylist() if value is not None]
        if len(values) == 2 and values[0]:
            moved = (values[1] - values[0]) / abs(values[0])
            if (moved < -FALL) if upwards else (moved > FALL):
                return float(moved)
    return None


def _in(text: Mapping[str, str] | None, language: str) -> str:
    if not text:
        return ""
    return text.get(language) or next(iter(text.values()))
