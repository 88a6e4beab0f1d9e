"""Risks of an activity, worked out by rules that the report tells, so that anybody can work them out again.

Severity and likelihood go from 1 to 4, as France's authority CNIL has them in its method; their product is the level.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from noren.governance.privacy.activities import Activity

Level = Literal["low", "medium", "high"]
_MEDIUM, _HIGH = 4, 8
_SENSITIVE = frozenset({"health-care", "childcare", "senior-care", "emergency-response"})
_UNASKED = frozenset({"anyone", "neighbour", "staff", "operator", "company", "service"})
"""Audiences that stand on no ground: neither the person nor anybody whom somebody allowed to look."""
_ACTED_ON = frozenset({"Alert"})


class Risk(msgspec.Struct, frozen=True):
    """What can go wrong, in both languages."""

    id: str
    en: str
    ja: str


class Measure(msgspec.Struct, frozen=True):
    """What is done against risks; `holds` says when it does, `evidence` are files that show it. One of a `part` of the
    house is told there and lessens no risk of other activities."""

    id: str
    risks: list[str]
    holds: str
    dpv: str
    en: str
    ja: str
    evidence: list[str]
    part: str = ""


class _Tables(msgspec.Struct, forbid_unknown_fields=True):
    risk: list[Risk]
    measure: list[Measure]


class Facts(msgspec.Struct, frozen=True):
    """What the rules look at beside the activity: rules that the city did not change, whether the ledger has a quorum,
    whether government reaches what companies collected, what was answered, and what the city's settings turn on."""

    unchanged: frozenset[str]
    changed: bool
    has_quorum: bool
    reaches: bool
    answered: Mapping[str, object]
    settings: frozenset[str] = frozenset()


class Judged(msgspec.Struct, frozen=True):
    """A risk of one activity. `why` are messages `privacy.why.…`, in the order of severity, then likelihood."""

    risk: Risk
    severity: int
    before: int
    after: int
    why: tuple[str, ...]
    measures: tuple[Measure, ...]

    @property
    def level(self) -> Level:
        """What remains, with the measures that are in force."""
        product = self.severity * self.after
        return "high" if product >= _HIGH else "medium" if product >= _MEDIUM else "low"


@cache
def tables() -> tuple[list[Risk], list[Measure]]:
    """Risks and measures of the table."""
    found = msgspec.convert(tomllib.loads((files(__package__) / "risks.toml").read_text("utf-8")), _Tables)
    return found.risk, found.measure


def judged(activity: Activity, facts: Facts, *, special: bool = False) -> list[Judged]:
    """Every risk of an activity; `special` when somebody answered that it touches data of a special kind."""
    return [_judge(each, activity, facts, special) for each in tables()[0]]


def _judge(risk: Risk, activity: Activity, facts: Facts, special: bool) -> Judged:
    severity, first = _severity(risk.id, activity, special)
    before, reasons = _likelihood(risk.id, activity, facts)
    measures = tuple(each for each in tables()[1] if risk.id in each.risks and holds(each, activity, facts))
    fewer = 2 if len(measures) >= 3 else 1 if measures else 0
    fewer = 0 if {"others", "reaches"} & set(reasons) else fewer  # what the rules let happen no measure prevents
    return Judged(risk, severity, before, max(1, before - fewer), (first, *reasons), measures)


def _severity(risk: str, activity: Activity, special: bool) -> tuple[int, str]:
    if risk == "effect":
        if _ACTED_ON & set(activity.writes):
            return 4, "acted"
        return (2, "shown") if activity.writes and activity.kind == "service" else (1, "nothingWritten")
    if activity.personal:
        return (4, "special") if special or activity.purpose in _SENSITIVE else (3, "personal")
    return (2, "operational") if activity.worst == "operational" else (1, "open")


def _likelihood(risk: str, activity: Activity, facts: Facts) -> tuple[int, list[str]]:
    """Before measures, and why."""
    points, why = (3, ["people"]) if activity.personal else (2, ["noPeople"])
    others = [each for each in activity.readers if each.removesuffix(".company") in _UNASKED]
    for applies, reason in (
        (risk in ("access", "purpose", "linking") and bool(others), "others"),
        (risk in ("access", "linking") and facts.reaches and bool(activity.personal), "reaches"),
        (risk in ("access", "purpose") and facts.changed, "changedRules"),
        (risk == "change" and not facts.has_quorum, "noWitnesses"),
        (risk == "effect" and activity.stage in ("idea", "trial"), "young"),
    ):
        if applies:
            points, why = points + 1, [*why, reason]
    return min(4, points), why


def holds(measure: Measure, activity: Activity | None, facts: Facts) -> bool:
    """Whether a measure is in force, for an activity where it depends on one."""
    kind, _, name = measure.holds.partition(":")
    match kind:
        case "always":
            return True
        case "rule":
            return name in facts.unchanged
        case "witnesses":
            return facts.has_quorum
        case "answer":
            return bool(facts.answered.get(name))
        case "setting":
            return name in facts.settings
        case "exit test":
            return activity is not None and bool(activity.exit_test)
    return False
