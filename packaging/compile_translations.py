"""Compiles resources/i18n/*.ts to .qm; needs PySide6-Essentials."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def lrelease() -> Path:
    """The compiler that PySide6-Essentials brings.

    :raises FileNotFoundError: PySide6 is not installed, or comes without its tools
    """
    found = importlib.util.find_spec("PySide6")
    if found is not None and found.origin is not None:
        home = Path(found.origin).parent
        for tool in ("Qt/libexec/lrelease", "lrelease", "lrelease.exe"):
            if (home / tool).is_file():
                return home / tool
    raise FileNotFoundError("lrelease, which PySide6-Essentials brings")


def compile_translations(folder: Path) -> list[Path]:
    """Compile every .ts of a folder; what is up to date is left alone."""
    made = []
    for source in sorted(folder.glob("*.ts")):
        target = source.with_suffix(".qm")
        if not target.exists() or target.stat().st_mtime <= source.stat().st_mtime:
            command = [lrelease(), "-silent", source, "-qm", target]
            subprocess.run([str(word) for word in command], check=True)
        made.append(target)
    return made


if __name__ == "__main__":
    for path in compile_translations(ROOT / "resources" / "i18n"):
        sys.stdout.write(f"{path.name}\n")
