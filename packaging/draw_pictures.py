"""Draws packaging/pictures/*.png: the windows with sample accounts, in both languages and looks.

Given a folder it draws every page of the wizard and every size of the main window there, for a
person to look at.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("QT_SCALE_FACTOR", "2")  # pictures stay sharp where a page enlarges them

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from compile_translations import compile_translations  # noqa: E402 - the folders above first
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402
from sample_accounts import put_samples  # noqa: E402

from laifaxin_desktop.app import open_app  # noqa: E402
from laifaxin_desktop.model.text import Language  # noqa: E402
from laifaxin_desktop.places import Places  # noqa: E402
from laifaxin_desktop.ui import loop, theme  # noqa: E402
from laifaxin_desktop.ui.languages import Languages  # noqa: E402
from laifaxin_desktop.ui.main_window import MainWindow  # noqa: E402
from tests.ui.sample_wizard import pictures  # noqa: E402

Keep = Callable[[str, QWidget], None]
README = {
    ("zh_CN", "light"): {"main": "main", "guide": "wizard-guide"},
    ("en", "dark"): {"main": "main", "check-one-side": "wizard-check"},
}
MAIN_SIZES = {"main": (1080, 680), "main-smallest": (860, 560), "main-large": (1440, 900)}


async def draw(target: Path, languages: Languages, look: str, *, everything: bool) -> None:
    """Draw one language in one look."""
    wanted = README.get((languages.current.value, look), {})

    def keep(name: str, window: QWidget) -> None:
        known = name if everything else wanted.get(name)
        if known:
            file = target / f"{known}-{languages.current.value}-{look}.png"
            window.grab().save(str(file))
            sys.stdout.write(f"{file.name}\n")

    with tempfile.TemporaryDirectory() as temporary:
        await _main_window(Path(temporary), languages, keep)
    with tempfile.TemporaryDirectory() as temporary:
        async for name, wizard in pictures(Path(temporary), languages):
            wizard.resize(860, 700)
            await asyncio.sleep(0.2)  # layouts and pictures settle
            keep(name, wizard)


async def _main_window(folder: Path, languages: Languages, keep: Keep) -> None:
    places = Places(ROOT / "resources", folder, folder, folder)
    app = await open_app(places)
    window = MainWindow(places, languages)
    window.show()
    window.show_app(app)
    await asyncio.sleep(0.3)  # the empty list is read
    window.resize(*MAIN_SIZES["main"])
    await asyncio.sleep(0.2)  # layouts settle
    keep("main-empty", window)
    await put_samples(app, datetime.now(UTC))
    app.watch.tell()
    await asyncio.sleep(0.5)  # the list is read
    for name, size in MAIN_SIZES.items():
        window.resize(*size)
        if window.accounts is not None:
            window.accounts.table.select("sample1")
            window.accounts.table.scrollToTop()
        await asyncio.sleep(0.2)  # layouts settle
        keep(name, window)
    await window.finish()
    window.hide()
    window.deleteLater()
    await app.close()


async def main(target: Path, languages: Languages, *, everything: bool) -> int:
    """All of them."""
    looks = [(one.value, look) for one in Language for look in ("light", "dark")]
    for word, look in looks if everything else list(README):
        os.environ["LAIFAXIN_THEME"] = look
        theme.theme().apply()
        languages.switch(Language(word))
        await draw(target, languages, look, everything=everything)
    return 0


if __name__ == "__main__":
    compile_translations(ROOT / "resources" / "i18n")
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    look = theme.dress(application, ROOT / "resources")
    spoken = Languages(application, ROOT / "resources")
    spoken.changed.connect(lambda word: look.speak(Language(word)))
    spoken.start("zh_CN")
    given = sys.argv[1:]
    folder = Path(given[0]) if given else ROOT / "packaging" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    sys.exit(loop.run(main(folder, spoken, everything=bool(given))))
