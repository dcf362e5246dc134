"""Each environment collects only the tests whose libraries it holds."""

from importlib.util import find_spec

if find_spec("rasa") is None:
    collect_ignore = ["engine"]
