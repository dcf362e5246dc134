#!/bin/sh
# Runs its arguments with CPython 3.11 or newer: $PYTHON if set, else the first that works on PATH or in
# pyenv's versions folder. A name on PATH may be a version manager's shim that fails, so each one is tried.

works() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.implementation.name != "cpython")' \
        </dev/null >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    works "$PYTHON" && exec "$PYTHON" "$@"
    echo "needlewise: PYTHON=$PYTHON is not CPython 3.11 or newer. Unset it, or point it at one." >&2
    exit 1
fi

pyenv="${PYENV_ROOT:-$HOME/.pyenv}/versions"
for candidate in python3.11 python3.12 python3.13 python3.14 python3 python \
    /usr/bin/python3.1[1-9] /usr/bin/python3 "$pyenv"/3.1[1-9]*/bin/python; do
    works "$candidate" && exec "$candidate" "$@"
done
echo "needlewise: Python 3.11 or newer was not found. Install it, or set PYTHON to its path, and run make again." >&2
exit 1
