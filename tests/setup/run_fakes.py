"""Runs small stand-ins under the real supervisor: `python run_fakes.py GRACE NAME=PYTHON_CODE …`."""

import os
import sys
from pathlib import Path

from scripts.supervisor import Service, Supervisor


def main() -> int:
    grace, *fakes = sys.argv[1:]
    named = [fake.split("=", 1) for fake in fakes]
    services = [Service(name, [sys.executable, "-c", code]) for name, code in named]
    return Supervisor(services, root=Path.cwd(), env=os.environ, grace=float(grace)).run()


sys.exit(main())
