"""Feeds: sources that deliver on their own, each kept at work, watched and shown as a `Feed` entity.

Names to know: `Feeds` (the supervisor), `Status` (how one does), `entry` (one `[[feeds]]` entry, checked).

>>> from noren.intake.feeds.entry import common
>>> common({"kind": "mqtt", "usual": "15min"}, "noren.toml").name
'mqtt'
"""

from noren.intake.feeds.entry import Common, Entry, entry
from noren.intake.feeds.line import Line, Status
from noren.intake.feeds.supervisor import Feeds

__all__ = ["Common", "Entry", "Feeds", "Line", "Status", "entry"]
