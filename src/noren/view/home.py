"""Where a view is: what a service may know of the city besides its data."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec


class Home(msgspec.Struct, kw_only=True):
    """A city's short name, its name by language, languages, time zone and settings by section ("disaster").

    `memory` is kept for as long as the process runs, for what a service would otherwise compute again on each run; it
    may be empty at any time, and nothing that a principal may not see belongs in it under another's name.
    """

    slug: str = "city"
    name: dict[str, str] = {}
    languages: tuple[str, ...] = ("en", "ja")
    timezone: str = "UTC"
    settings: dict[str, dict[str, Any]] = {}
    memory: dict[str, Any] = {}

    def called(self, language: str) -> str:
        """The city's name in `language`, else its short name."""
        return self.name.get(language) or self.slug

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)
