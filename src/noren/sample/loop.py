"""The town's side of the loop: what residents report and want, what is tried and decided, as files like any city's."""

from __future__ import annotations

from pathlib import Path

from noren.sample.aims import write_aims
from noren.sample.doings import write_doings
from noren.sample.layout import Town
from noren.sample.meters import meter_ids, metered
from noren.sample.polls import write_surveys, write_vote
from noren.sample.traffic import Detectors
from noren.sample.trials import Tried, tried
from noren.sample.voices import write_voices


def trials_of(town: Town) -> list[Tried]:
    """Every trial of the town."""
    water = meter_ids("W", len(metered(town)))
    return [*Detectors(town).trials, *tried(town.site, "MeterReading", water)]


def write_loop(town: Town, folder: Path) -> list[Tried]:
    """Write reports, vision, plan, vote and surveys; returns the trials."""
    trials = trials_of(town)
    anchors = write_voices(town, folder)
    write_aims(town.site, folder)
    write_doings(town.site, folder, anchors, trials)
    write_vote(town.site, folder)
    write_surveys(town.site, folder)
    return trials
