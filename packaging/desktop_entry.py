"""Prints a desktop entry with the program's path in it, escaped as the specification wants."""

from __future__ import annotations

import sys
from pathlib import Path


def quoted(path: str) -> str:
    """An argument of the key Exec.

    https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html: quoted
    as for a shell, then escaped once more as the value of any key, and % is doubled.
    """
    for special in ("\\", '"', "`", "$"):
        path = path.replace(special, "\\" + special)
    return '"' + path.replace("\\", "\\\\").replace("%", "%%") + '"'


if __name__ == "__main__":
    template, program = sys.argv[1:]
    entry = Path(template).read_text("utf-8").replace("@PROGRAM@", quoted(program))
    sys.stdout.buffer.write(entry.encode("utf-8", "surrogateescape"))
