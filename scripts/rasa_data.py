"""Rasa's own validation of domain and data, with its warnings taken seriously.

`rasa data validate --fail-on-warnings` ends with 0 on several of its warnings. It also warns about every
response that only actions and forms use; those are left to tests/content, which knows both.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable

from scripts.console import ROOT, entry, say
from scripts.environments import ENGINE
from scripts.processes import child_environment

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_WARNING = re.compile(
    r"/rasa/\S+: (?:User|Future|Rasa)\w*Warning: (.*)|\b(?:WARNING|ERROR|CRITICAL) +(rasa\..*)"
)
_UNUSED_RESPONSE = re.compile(r"The utterance 'utter_\w+' is not used in any story or rule\.")


def faults(output: Iterable[str]) -> list[str]:
    """The warnings and errors in the output of `rasa data validate`, without the ones left to the lint."""
    found = []
    for line in output:
        match = _WARNING.search(_COLOUR.sub("", line))
        if match and not _UNUSED_RESPONSE.match(match[1] or ""):
            found.append((match[1] or match[2]).strip())
    return found


def main() -> int:
    """Validate. Returns 1 if there is anything to put right."""
    rasa = [str(ENGINE.python), "-m", "rasa", "data", "validate"]
    validation = subprocess.run(
        [*rasa, "--domain", "domain.yml", "--data", "data", "--fail-on-warnings"],
        cwd=ROOT,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines = validation.stdout.splitlines()
    found = faults(lines)
    if validation.returncode != 0 and not found:
        found = lines[-20:]
    for fault in found:
        say(fault)
    if found:
        say(f"Rasa's validation of the data failed (exit code {validation.returncode})")
    else:
        say("Rasa's validation found nothing to put right")
    return 1 if found else 0


if __name__ == "__main__":
    entry(main)
