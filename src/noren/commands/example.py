"""A plan for a sample city: a junction with two signals, a sluice with a gate and a pump, all simulated; two desks."""

from __future__ import annotations

from pathlib import Path

from noren.commands.plan import FILE
from noren.commands.simulated import key_of

DESKS, DEVICES = ("desk-1", "desk-2"), ("junction-1", "sluice-1")
Place = tuple[float, float]
_PLAN = """\
# What can be commanded here, by whom and within which limits: docs/commands.md explains every line.
# The devices of this sample city are simulated; a real city names its broker instead.
simulated = true
{operators}{devices}
[[actuators]]
id = "station-crossing-main"
kind = "signal"
device = "junction-1"
name = {{ ja = "駅前交差点・本通り", en = "Station crossing, main street" }}
{street}four_eyes = false
hourly = 240

[actuators.settings.aspect]
label = {{ ja = "表示", en = "Aspect" }}
allowed = ["red", "green"]
safe = "red"
words = {{ red = {{ ja = "赤", en = "red" }}, green = {{ ja = "青", en = "green" }} }}

[[actuators]]
id = "station-crossing-side"
kind = "signal"
device = "junction-1"
name = {{ ja = "駅前交差点・横町", en = "Station crossing, side street" }}
{street}four_eyes = false
hourly = 240

[actuators.settings.aspect]
label = {{ ja = "表示", en = "Aspect" }}
allowed = ["red", "green"]
safe = "red"
words = {{ red = {{ ja = "赤", en = "red" }}, green = {{ ja = "青", en = "green" }} }}

[[actuators]]
id = "river-gate"
kind = "gate"
device = "sluice-1"
name = {{ ja = "川辺水門", en = "River sluice gate" }}
{river}
[actuators.settings.opening]
label = {{ ja = "開度（%）", en = "Opening (%)" }}
min = 0
max = 100
step = 10
unit = "P1"
safe = 100

[[actuators]]
id = "drainage-pump"
kind = "pump"
device = "sluice-1"
name = {{ ja = "排水ポンプ", en = "Drainage pump" }}
{river}four_eyes = false

[actuators.settings.running]
label = {{ ja = "運転", en = "Operation" }}
allowed = [true, false]
safe = false
words = {{ true = {{ ja = "運転", en = "running" }}, false = {{ ja = "停止", en = "at rest" }} }}

[[interlocks]]
id = "never-both-green"
name = {{ ja = "駅前交差点を両方とも青にしない", en = "Never both green at the station crossing" }}
clearance = 3
never = [
  {{ actuator = "station-crossing-main", property = "aspect", values = ["green"] }},
  {{ actuator = "station-crossing-side", property = "aspect", values = ["green"] }},
]

[[interlocks]]
id = "no-pump-against-the-gate"
name = {{ ja = "水門がほぼ閉じている間は排水ポンプを動かさない", en = "No pumping against a closed gate" }}
never = [
  {{ actuator = "drainage-pump", property = "running", values = [true] }},
  {{ actuator = "river-gate", property = "opening", below = 20 }},
]
"""
_OPERATOR = """
[[operators]]
account = "urn:noren:staff:{city}:{desk}"
key = "{key}"
kinds = ["signal", "gate", "pump"]
"""
_DEVICE = """
[[devices]]
id = "{device}"
key = "{key}"
"""


def write(folder: Path, city: str, street: Place | None = None, river: Place | None = None) -> None:
    """Write `commands.toml` into a city's folder, and the keys of its devices and desks below `data/simulated`."""
    operators = "".join(_OPERATOR.format(city=city, desk=each, key=key_of(folder, each).verifier) for each in DESKS)
    devices = "".join(_DEVICE.format(device=each, key=key_of(folder, each).verifier) for each in DEVICES)
    text = _PLAN.format(operators=operators, devices=devices, street=_place(street), river=_place(river))
    (folder / FILE).write_text(text, "utf-8")


def _place(place: Place | None) -> str:
    return f"place = [{place[0]:.5f}, {place[1]:.5f}]\n" if place else ""
