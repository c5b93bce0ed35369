"""The room's place in the house: imported in no time, msal in one module only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "laifaxin_desktop"


def test_nothing_slow_is_imported_before_somebody_signs_in() -> None:
    late = "msal requests urllib3 jwt cryptography PySide6 qasync keyring httpx"
    code = (
        "import sys, laifaxin_desktop.oauth.microsoft, laifaxin_desktop.oauth.pasted\n"
        f"print(*(m for m in {late.split()!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_msal_is_imported_once() -> None:
    users: dict[str, set[str]] = {"msal": set(), "requests": set()}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                users.get(name.partition(".")[0], set()).add(path.relative_to(PACKAGE).as_posix())
    assert users == {"msal": {"oauth/entra.py"}, "requests": {"oauth/session.py"}}
