"""Chooses between the window and the command line; imports only the one that is wanted."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Without words the window, with words the command line; the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words:
        from laifaxin_desktop import cli

        return cli.main(words)
    from laifaxin_desktop.ui import run

    return run.main()


if __name__ == "__main__":
    sys.exit(main())
