"""The window: everything that knows Qt; refuses to know how mail is spoken or secrets are kept."""

from __future__ import annotations

import builtins

import PySide6.QtCore  # noqa: F401 - it puts the hook in place that is taken out here

# PySide reads the source of every module that is imported after it, looking for somebody who asks
# for other names of Qt's methods (`from __feature__ import snake_case`; nobody does here), and all
# of that source stays in linecache: 9 MB and a tenth of a second of each start. Under this name it
# keeps what it calls for the import itself.
if (without_hook := getattr(builtins, "__orig_import__", None)) is not None:
    setattr(builtins, "__import__", without_hook)  # noqa: B010 - mypy knows it as a function
