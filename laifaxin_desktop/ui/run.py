"""Starts the window and ends it well: one instance, translators, signals, the order of closing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication

from laifaxin_desktop import __version__, log
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.fault import StoreError

from . import loop, theme
from .focus_ring import FocusRing
from .languages import Languages
from .main_window import MainWindow
from .single_instance import SingleInstance
from .window_state import Kept, kept

if TYPE_CHECKING:
    from laifaxin_desktop.app import App, Knowledge

_log = logging.getLogger(__name__)
_FIRST_PAINT = 0.15  # seconds that the window waits for its remembered place, and no longer


def main(arguments: Sequence[str] = (), *, debug: bool = False) -> int:
    """Open the window; returns when it was closed. `debug`: the log tells every stage."""
    QGuiApplication.setDesktopFileName("laifaxin-desktop")
    app = QApplication([sys.argv[0], *arguments])
    app.setApplicationName("laifaxin-desktop")
    app.setApplicationVersion(__version__)
    app.setQuitOnLastWindowClosed(False)
    places = Places.find()
    log.start(places, debug=debug)
    log.began("window")
    places.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = SingleInstance(places.data, app)
    if not first.is_first():
        return 0 if first.answered else _nobody_answers(app, places)
    app.setWindowIcon(QIcon(str(places.resources / "icons" / "laifaxin-desktop.svg")))
    sys.excepthook = _report
    look = theme.dress(app, places.resources)
    FocusRing(app)
    languages = Languages(app, places.resources)
    languages.changed.connect(lambda word: look.speak(Language(word)))
    languages.start()
    try:
        return loop.run(Program(places, languages, first).run())
    finally:
        first.release()
        sys.excepthook = sys.__excepthook__


def _nobody_answers(app: QApplication, places: Places) -> int:
    """Say why no window comes: one is open, or was, and does not answer."""
    Languages(app, places.resources).start()
    words = QCoreApplication.translate(
        "Program", "来发信 · 邮箱助手已经打开，但没有回应。请先结束它，再重新打开。"
    )
    if sys.stderr is not None:  # on Windows a program with a window has none
        sys.stderr.write(words + "\n")
    return 1


class Program(QObject):
    """From the first paint to the last write."""

    def __init__(self, places: Places, languages: Languages, first: SingleInstance) -> None:
        super().__init__()
        self._places, self._languages = places, languages
        self._window = MainWindow(places, languages)
        self._ended = asyncio.Event()
        self._again = asyncio.Event()
        self._placed = asyncio.Event()  # the window knows where it stood last time
        self._shown = asyncio.Event()
        self._store: AccountStore | None = None
        self._app: App | None = None
        self._words: Knowledge | None = None
        self._window.closed.connect(self._ended.set)
        self._window.retry_wanted.connect(self._again.set)
        self._window.new_list_wanted.connect(lambda: loop.spawn(self._new_list(), self))
        first.shown_again.connect(self._to_front)

    async def run(self) -> int:
        """Show the window, open the store, wait for the end, close everything in order."""
        loop.on_bug(self._window.show_bug)
        restore_signals = on_signals(self._ended.set)
        loop.spawn(self._open(), self)
        # The window stands where it stood last time when the store is quick, and waits for nobody.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_PAINT):
                await self._placed.wait()
        self._window.show()
        self._shown.set()
        try:
            await self._ended.wait()
        finally:
            self._window.hide()
            await self._window.finish()
            if self._app is not None:
                await self._app.end_renewals()
            await loop.end_others()
            loop.on_bug(None)  # from here on there is nobody to show one to; it is still logged
            self._window.deleteLater()
            if self._app is not None:
                await self._app.close()
            elif self._store is not None:
                await self._store.close()
            restore_signals()
        return 0

    async def _open(self) -> None:
        """What the window needs to stand is read first; the rest of the program after its paint."""
        store = await self._opened()
        try:
            remembered = await kept(store)
        except MailError:
            remembered = Kept()  # the list says by itself what is wrong with the file
        if remembered.language is not None:
            self._languages.start(remembered.language)
        self._window.restore_geometry(remembered)
        self._placed.set()
        await self._shown.wait()
        known = await self._known()
        from laifaxin_desktop.app import open_app

        app = self._app = await open_app(self._places, known, accounts=store)
        self._window.show_app(app)
        self._window.restore_columns(remembered)
        loop.spawn(app.watch.follow(), self._window)
        loop.spawn(app.watch.retry(), self._window)
        loop.spawn(self._window.check_at_start(), self._window)

    async def _opened(self) -> AccountStore:
        """The list's file; one that cannot be opened is shown as such until it can."""
        while self._store is None:
            try:
                self._store = await AccountStore.open(self._places.data)
            except StoreError as error:
                _log.warning("the accounts cannot be opened: %s", error.kind)
                self._placed.set()
                await self._known()
                self._window.show_store_problem(error, partial(self._sentence, error))
                self._again.clear()
                await self._again.wait()
        return self._store

    async def _known(self) -> Knowledge:
        """What the program knows; the first call imports most of the program, in a thread."""

        def load() -> Knowledge:
            from laifaxin_desktop.app import Knowledge

            return Knowledge.load(self._places)

        if self._words is None:
            self._words = await asyncio.to_thread(load)
        return self._words

    def _sentence(self, error: StoreError) -> str:
        if self._words is None:
            return ""
        words = self._words.words(f"store.{error.kind}").fill({"path": str(error.path)})
        return words.say(self._languages.current)

    async def _new_list(self) -> None:
        """On a person's word: keep the damaged file beside a new list."""
        from laifaxin_desktop.store.accounts import FILE

        store = AccountStore(self._places.data / FILE)
        try:
            await store.set_aside(datetime.now(UTC))
        except StoreError as error:
            self._window.show_store_problem(error, partial(self._sentence, error))
        finally:
            await store.close()
        self._again.set()

    def _to_front(self) -> None:
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()


def on_signals(end: Callable[[], None]) -> Callable[[], None]:
    """Call `end` at SIGINT and SIGTERM; returns what undoes it.

    Python runs its handlers only between two instructions of its own, and Qt's loop has none: the
    handler's wake-up byte goes through a socket that Qt watches.
    """
    here, there = socket.socketpair()
    for one in (here, there):
        one.setblocking(False)
    bell = QSocketNotifier(here.fileno(), QSocketNotifier.Type.Read)
    bell.activated.connect(lambda: here.recv(64))
    wake = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
    old = {
        number: signal.signal(number, lambda *_: end())
        for number in (signal.SIGINT, signal.SIGTERM)
    }

    def undo() -> None:
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wake)
        bell.setEnabled(False)
        here.close()
        there.close()

    return undo


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error in a slot of ours: logged and shown, and the loop lives on."""
    loop.report(error.with_traceback(trace))
