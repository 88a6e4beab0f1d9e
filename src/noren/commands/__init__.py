"""The write side of the curtain: orders to signals, valves and chargers that nobody can forge.

An operator signs an order; policy, limits and interlocks are looked at, a second person approves what can hurt, the
ledger has it, the city countersigns, and the device verifies both before it obeys. DESIGN.md says why it is so.
Names to know: `Switchboard` (ask, approve, recall, stop, lift), `Plan` (the file `commands.toml`), `device.Device` (the
other end of the line).

>>> from noren.commands.device import Key
>>> from noren.commands.plan import parse
>>> plan = parse('''
... [[devices]]
... id = "sluice-1"
... [[actuators]]
... id = "north-gate"
... kind = "gate"
... device = "sluice-1"
... name = { en = "North gate" }
... settings.opening = { min = 0, max = 100, step = 10, safe = 100 }
... ''')
>>> plan.actuator("north-gate").needs_two
True
"""

from noren.commands.plan import Plan
from noren.commands.switchboard import Switchboard

__all__ = ["Plan", "Switchboard"]
