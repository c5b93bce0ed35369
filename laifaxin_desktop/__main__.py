"""Chooses between the window and the command line; imports only the one that is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_DEBUG = "--debug"
# On Unix one of these leads to a screen, or names another way; without them Qt ends in an abort.
_DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM")


def main(arguments: Sequence[str] | None = None) -> int:
    """Without words the window, with words the command line; the exit status.

    `--debug` alone is the window with a more detailed log.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words != [_DEBUG]:
        from laifaxin_desktop import cli

        return cli.main(words)
    if sys.platform.startswith("linux") and not any(map(os.environ.get, _DESKTOPS)):
        from laifaxin_desktop import cli

        return cli.no_desktop()
    from laifaxin_desktop.ui import run

    return run.main(debug=bool(words))


if __name__ == "__main__":
    sys.exit(main())
