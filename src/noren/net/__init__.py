"""The way out: HTTP and MQTT with limits, and a guard that keeps the city's own network out of reach.

Names to know: `Guard` (may this endpoint be reached?), `Http` (requests that end), `mqtt.connect`.

>>> from noren.net import Guard
>>> Guard(allow=["localhost"]).url("http://127.0.0.1:8080/data.json").port
8080
>>> Guard().url("http://169.254.169.254/latest/meta-data")  # doctest: +ELLIPSIS
Traceback (most recent call last):
noren.errors.BadInput: 169.254.169.254 leads to 169.254.169.254, a cloud's metadata service. ...
"""

from noren.net.guard import Guard, shown
from noren.net.http import Answer, Http, Limits

__all__ = ["Answer", "Guard", "Http", "Limits", "shown"]
