"""The curtain: the city as one principal sees it for one purpose. The only way to data.

A view is made by `city.view(principal, purpose)`. What it may show is decided on definitions (this attribute of this
type) before anything runs; docs/curtain.md says how. Above it, entities have the city's short names.
Names to know: `View`, `EntityQuery`, `Seen`; `view.mine` is a resident's own side, `view.registers` the other one.
"""

from noren.broker.requests import EntityQuery, Operation, TemporalQuery
from noren.view.mine import Mine
from noren.view.registers import Registers
from noren.view.view import Seen, View

__all__ = ["EntityQuery", "Mine", "Operation", "Registers", "Seen", "TemporalQuery", "View"]
