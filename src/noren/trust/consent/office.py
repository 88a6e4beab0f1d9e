"""Everything by which residents allow and are answered to, in one city: opened as it is needed, in one file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from noren.trust.consent.emergency import Emergencies
from noren.trust.consent.points import Points
from noren.trust.consent.question import Questions
from noren.trust.consent.records import Records
from noren.trust.consent.standing import Standings
from noren.trust.consent.told import Messages
from noren.trust.duties import Duties
from noren.trust.grants import Grants
from noren.trust.recipients import Recipients
from noren.trust.vault import Vault

_OPENED = ("recipients", "duties", "records", "questions", "standings", "emergencies", "messages", "points")


class Office:
    """The tables of one city. All of them go by the grants' clock, which never runs backwards."""

    def __init__(
        self,
        folder: Path,
        vault: Vault,
        grants: Grants,
        *,
        city: str,
        operator: str,
        languages: tuple[str, ...],
        ledger_policy: Callable[[], bytes],
    ) -> None:
        """`ledger_policy` tells what receipts are checked by, to whoever takes their own along."""
        self.ledger_policy = ledger_policy
        self._file = folder / "trust.db"
        self._vault, self._clock = vault, grants.now
        self._city, self._operator, self._languages = city, operator, languages

    @cached_property
    def recipients(self) -> Recipients:
        """Who may receive what residents allow."""
        return Recipients(self._file, self._operator, self._languages, self._vault.erasures, clock=self._clock)

    @cached_property
    def duties(self) -> Duties:
        """What recipients must delete."""
        return Duties(self._file, clock=self._clock)

    @cached_property
    def records(self) -> Records:
        """What was consented to."""
        return Records(self._file, self._vault, clock=self._clock)

    @cached_property
    def questions(self) -> Questions:
        """What residents are asked before they allow anything."""
        return Questions(self._file, clock=self._clock)

    @cached_property
    def standings(self) -> Standings:
        """Who may act for whom."""
        return Standings(self._file, self._vault, self._operator, clock=self._clock)

    @cached_property
    def emergencies(self) -> Emergencies:
        """What was shown when nobody could be asked."""
        return Emergencies(self._file, self._vault, self._operator, clock=self._clock)

    @cached_property
    def messages(self) -> Messages:
        """What residents were told."""
        return Messages(self._file, self._vault, self._operator, clock=self._clock)

    @cached_property
    def points(self) -> Points:
        """What residents got."""
        return Points(self._file, clock=self._clock)

    def close(self) -> None:
        """Let go of the file."""
        for name in _OPENED:
            if opened := self.__dict__.pop(name, None):
                opened.close()
