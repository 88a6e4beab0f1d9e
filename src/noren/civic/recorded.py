"""What a list of reports says became of them, as the answers and the state of their issue.

An answer that the city gave here stays; the newest one counts, from wherever it is. An issue ends when each of its
reports that the list knows has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, get_args

from noren.civic.issues import ENDS, State
from noren.civic.looking import look
from noren.messages import say
from noren.terms.record import listed, stamp
from noren.terms.records import Issue, Report

LANGUAGES = ("en", "ja")
_STATES = frozenset(get_args(State)) - {"merged"}
Said = dict[str, Any]


def ended(report: Report) -> datetime | None:
    """When a report of a list was closed; None while it is open."""
    return (report.updated_at or report.requested_at) if report.status in ENDS else None


def settled(issue: Issue, reports: Sequence[Report]) -> Issue:
    """What the reports of an issue make of it: how many they are, its answers, its state."""
    own = [each for each in reports if each.status in _STATES]
    here = listed(issue.answers)
    said = _joined(here, [_said(each, issue) for each in sorted(own, key=_moment) if _speaks(each)])
    change = Issue(**{name: getattr(issue, name) for name in issue.__struct_fields__})
    change.report_count = float(len(reports))
    if said:
        _state(change, said, said[-1] in here or all(each.status in ENDS for each in own))
    return change


def _state(issue: Issue, said: list[Said], over: bool) -> None:
    last = said[-1]
    ends = last["state"] in ENDS and over
    issue.answers = said
    issue.status = last["state"] if over or last["state"] not in ENDS else "at-work"
    issue.answered_at = datetime.fromisoformat(said[0]["at"])
    issue.closed_at = datetime.fromisoformat(last["at"]) if ends else None
    issue.closed_reason = last["text"] if ends else None


def _joined(standing: Iterable[Said], told: Iterable[Said]) -> list[Said]:
    """Both in order of time; what several reports were told in the same words is said once."""
    found: dict[tuple[str, str], Said] = {}
    for each in [*standing, *told]:
        found.setdefault((each["state"], str(sorted(each["text"].items()))), each)
    return sorted(found.values(), key=lambda each: datetime.fromisoformat(each["at"]))


def _speaks(report: Report) -> bool:
    return bool(report.status_notes) or report.status != "received"


def _moment(report: Report) -> tuple[str, str]:
    at = report.updated_at or report.requested_at
    return stamp(at) if at else "", report.id


def _said(report: Report, issue: Issue) -> Said:
    at = report.updated_at or report.requested_at or issue.opened_at
    assert at is not None  # noqa: S101 - an issue was opened at some time
    state = "seen" if report.status == "received" else report.status
    return {"at": stamp(at), "state": state, "text": _words(report, str(state)), "by": issue.department}


def _words(report: Report, state: str) -> dict[str, str]:
    looked = look(report.status_notes or "")
    if looked.text and looked.hold != "abuse":
        return {looked.language: looked.text}
    return {each: say(each, "civic.recorded", state=say(each, f"portal.voice.state.{state}")) for each in LANGUAGES}
