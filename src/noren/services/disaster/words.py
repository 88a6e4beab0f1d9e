"""A warning in words, in every language of the city: what happens, where, from when to when, how sure, what to do.

Everything said comes from `noren.messages`; here stands only which sentence is due. Names to know: `Picture`,
`headline`, `instruction`, `details`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from noren.messages import catalogue, say
from noren.services.disaster.decide import Course, Situation
from noren.services.disaster.exposure import Exposure
from noren.services.disaster.forecast import Forecast, Skill
from noren.services.disaster.series import HOUR
from noren.services.disaster.thresholds import Levels, Thresholds

Languages = dict[str, str]


class Picture(NamedTuple):
    """All that is known of a gauge when its warning is written; `suspect` is a last reading that is not believed."""

    place: str
    forecast: Forecast
    thresholds: Thresholds
    skill: Skill
    rivals: int
    zone: ZoneInfo
    exposure: Exposure | None = None
    at_most: float | None = None
    missing: tuple[str, ...] = ()
    silent_since: float | None = None
    suspect: float | None = None
    hint: Levels = Levels()


def spoken(languages: Sequence[str]) -> list[str]:
    """Those of the city's languages that the watch has words in ("pt-BR" counts as "pt"), English where none."""
    known = [each for each in languages if "disaster.event" in catalogue(each.split("-")[0])]
    return list(dict.fromkeys(each.split("-")[0] for each in known)) or ["en"]


def in_languages(languages: Sequence[str], write: Callable[[str], str]) -> Languages:
    """What `write` says in each language."""
    return {each: write(each) for each in languages}


def figure(value: float, places: int, language: str) -> str:
    """A number as people of that language write it."""
    text = f"{value:,.{places}f}"
    return text.translate(_MARKS) if language == "pt" else text


_MARKS = str.maketrans(",.", ".,")


def clock(moment: float, zone: ZoneInfo, language: str) -> str:
    """A time as people of that language write it: day, month, hour and minute in the city's zone."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    if language == "ja":
        return f"{local.month}月{local.day}日{local:%H:%M}"
    if language == "pt":
        return f"{local:%d/%m às %H:%M}"
    return f"{local:%H:%M} on {local.day} {local:%B}"


def headline(picture: Picture, situation: Situation, course: Course, language: str) -> str:
    """What happens, in one line."""
    return say(
        language,
        f"disaster.headline.{situation.phase}",
        place=picture.place,
        name=say(language, f"disaster.name.{situation.name}"),
        stage=figure(dict(picture.thresholds.known())[situation.name], 2, language),
        time=clock(course.begins, picture.zone, language),
    )


def instruction(picture: Picture, situation: Situation, course: Course, language: str) -> str:
    """What to do."""
    if situation.name == "alert" or situation.phase == "possible":
        return say(language, "disaster.instruction.alert")
    soon = situation.phase == "reached" or course.begins - picture.forecast.issued < HOUR
    key = "disaster.instruction.now" if soon else "disaster.instruction.flood"
    return say(language, key, time=clock(course.begins, picture.zone, language))


def details(picture: Picture, language: str) -> str:
    """How the water stands, how high it may come, how sure that is, who is concerned, and what is not known."""
    between = "" if language == "ja" else " "
    return between.join(_sentences(picture, language))


def _sentences(picture: Picture, language: str) -> Iterator[str]:
    yield from _water(picture, language)
    yield from _people(picture, language)
    if picture.thresholds.source != "unknown":
        yield say(language, f"disaster.details.source.{picture.thresholds.source}")
    for each in picture.missing:
        yield say(language, f"disaster.missing.{each}", **_hinted(picture.hint, language))
    if picture.exposure is not None:
        yield say(language, "disaster.area.note")
    yield _method(picture, language)


def _hinted(hint: Levels, language: str) -> dict[str, str]:
    return {name: figure(stage, 2, language) for name, stage in hint._asdict().items() if stage is not None}


def _water(picture: Picture, language: str) -> Iterator[str]:
    forecast, zone = picture.forecast, picture.zone
    top = int(np.argmax(forecast.median))
    yield say(
        language,
        "disaster.details.now",
        level=figure(forecast.level, 2, language),
        time=clock(forecast.issued, zone, language),
        trend=_trend(forecast, language),
    )
    if picture.silent_since is not None:
        yield say(language, "disaster.details.silent", time=clock(picture.silent_since, zone, language))
    if picture.suspect is not None:
        yield say(language, "disaster.details.suspect", level=figure(picture.suspect, 2, language))
    yield say(
        language,
        "disaster.details.peak",
        until=clock(forecast.issued + forecast.hours[-1] * HOUR, zone, language),
        peak=figure(forecast.median[top], 2, language),
        time=clock(forecast.issued + forecast.hours[top] * HOUR, zone, language),
        low=figure(forecast.low[top], 2, language),
        high=figure(forecast.high[top], 2, language),
    )
    for name, stage in picture.thresholds.known():
        chance = forecast.probability(stage)
        if forecast.level < stage and chance >= 0.05:
            percent = f"{min(round(chance * 20) * 5, 95)}"
            yield say(language, "disaster.details.chance", name=say(language, f"disaster.name.{name}"), percent=percent)


def _trend(forecast: Forecast, language: str) -> str:
    rate = (float(forecast.median[min(2, len(forecast.median) - 1)]) - forecast.level) * 100
    rate /= float(forecast.hours[min(2, len(forecast.hours) - 1)])
    kind = "steady" if abs(rate) < 0.5 else "rising" if rate > 0 else "falling"
    return say(language, f"disaster.trend.{kind}", rate=f"{abs(rate):.0f}" if abs(rate) >= 1 else "1")


def _people(picture: Picture, language: str) -> Iterator[str]:
    exposure = picture.exposure
    if exposure is None:
        return
    if exposure.people is not None:
        yield _residents(exposure.people, picture.at_most, language)
    if exposure.buildings:
        yield say(language, "disaster.details.buildings", buildings=figure(exposure.buildings, 0, language))
    places = [
        say(language, f"disaster.places.{kind}", count=len(things))
        for kind, things in exposure.places.items()
        if things
    ]
    if places:
        yield say(language, "disaster.details.places", places=("、" if language == "ja" else ", ").join(places))


def _residents(people: float, at_most: float | None, language: str) -> str:
    least, most = _round(people), _round(at_most or 0.0)
    key = "people" if most <= least else "between" if least else "few"
    said = {"people": figure(least, 0, language), "most": figure(most, 0, language)}
    return say(language, f"disaster.details.{key}" if least or most else "disaster.details.nobody", **said)


def _round(people: float) -> int:
    """Two digits are as sure as such a count can be."""
    return round(people) if people < 100 else int(float(f"{people:.2g}"))


def _method(picture: Picture, language: str) -> str:
    skill = picture.skill
    if not skill.moments:
        return say(language, "disaster.details.untested")
    six = int(np.argmin(np.abs(skill.hours - 6)))
    return say(
        language,
        "disaster.details.method",
        method=say(language, f"disaster.method.{picture.forecast.method}"),
        many=picture.rivals,
        error=figure(skill.error[six], 2, language),
        still=figure(skill.persistence[six], 2, language),
    )


def over(picture: Picture, language: str) -> tuple[str, str]:
    """Headline and instruction of the last message."""
    return say(language, "disaster.headline.over", place=picture.place), say(language, "disaster.instruction.over")
