"""Compiles resources/providers/*.toml into the one file that the program starts with; a wrong file
ends the build with its name and the key."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def compile_providers(root: Path = ROOT) -> Path:
    """Compile what the checkout at `root` holds, by its own loader; what is fresh stays."""
    sys.path.insert(0, str(root))  # where it is built, another checkout may be installed
    from laifaxin_desktop.knowledge.compiled import compile_directory

    return compile_directory(root / "resources" / "providers")


if __name__ == "__main__":
    sys.stdout.write(f"{compile_providers().relative_to(ROOT)}\n")
