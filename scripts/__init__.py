"""Set-up, runner, checks and terminal client.

Everything but `scripts.chat` runs on a bare CPython 3.11 or newer, before any package is installed.
"""
