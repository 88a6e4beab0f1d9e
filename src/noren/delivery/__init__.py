"""Notifications out: what subscribers are told of changes, at least once, in order per subscription and entity.

A cursor over the change log stands in the place of a queue: nothing is written for a notification. One reader of the
log serves all subscriptions of a tenant; each has a lane of its own, so that a dead endpoint slows no other. See
DESIGN.md. Names to know: `deliver` (runs until cancelled), `Office` (one tenant), `Lane` (one subscription).

>>> from noren.delivery import Limits
>>> Limits().pause(failures=3) <= Limits().longest_pause
True
"""

from noren.delivery.deliver import deliver
from noren.delivery.lane import Lane, Limits
from noren.delivery.office import Office, wanted

__all__ = ["Lane", "Limits", "Office", "deliver", "wanted"]
