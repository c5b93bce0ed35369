"""The row over the list: add, check, the chips, the search, the menu; wraps where it is narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.model.text import Language

from .chips import Chips
from .notice import label
from .theme import set_icon, set_kind, theme

_OWN_NAMES = {Language.ZH_CN: "中文", Language.EN: "English"}


class Toolbar(QWidget):
    """Says what a person wants of the whole list."""

    add_wanted = Signal()
    check_all_wanted = Signal()
    searched = Signal(str)
    language_chosen = Signal(str)
    folder_wanted = Signal()
    logs_wanted = Signal()
    about_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.add = QPushButton(self)
        self.add.setObjectName("add_button")
        set_kind(self.add, "primary")
        set_icon(self.add, "plus", "on_accent")
        self.add.clicked.connect(self.add_wanted)
        self.check_all = QPushButton(self)
        self.check_all.setObjectName("check_all_button")
        self.check_all.clicked.connect(self.check_all_wanted)
        self.chips = Chips(self)
        self.search = QLineEdit(self)
        self.search.setObjectName("search_field")
        self.search.setClearButtonEnabled(True)
        set_kind(self.search, "quiet")
        self.search.setMinimumWidth(theme().px(120))
        self.search.setMaximumWidth(theme().px(200))
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.textChanged.connect(self.searched)
        everything = QShortcut(Qt.Key.Key_Escape, self.search)
        everything.setContext(Qt.ShortcutContext.WidgetShortcut)
        everything.activated.connect(self.search.clear)
        self.menu = QPushButton(self)
        self.menu.setObjectName("menu_button")
        set_kind(self.menu, "icon")
        set_icon(self.menu, "menu")
        self._build_menu()

        # One height for the row: the lowest of them would otherwise bound the others.
        for one in (self.add, self.check_all, self.search, self.menu):
            policy = one.sizePolicy()
            policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
            one.setSizePolicy(policy)
        self._first = QHBoxLayout()
        self._first.setSpacing(12)
        for button in (self.add, self.check_all):
            self._first.addWidget(button)
        self._first.addSpacing(16)
        self._first.addStretch(1)
        self._first.addWidget(self.search, 2)
        self._first.addWidget(self.menu)
        self._second = QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._first)
        column.addLayout(self._second)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._narrow: bool | None = None
        self.setTabOrder(self.add, self.check_all)
        self.retranslate()

    def fit(self, *, ready: bool, empty: bool) -> None:
        """`ready`: the list is open; `empty`: there is no account, and one button elsewhere."""
        self.add.setEnabled(ready)
        self.check_all.setEnabled(ready and not empty)
        for widget in (self.add, self.check_all, self.chips, self.search):
            widget.setVisible(not empty)

    def retranslate(self) -> None:
        """The language changed."""
        label(self.add, self.tr("添加邮箱"))
        self.add.setToolTip("Ctrl+N")
        label(self.check_all, self.tr("检测全部"))
        self.search.setPlaceholderText(self.tr("搜索邮箱"))
        self.search.setAccessibleName(self.tr("搜索邮箱"))
        self.search.setToolTip("Ctrl+F")
        self.menu.setAccessibleName(self.tr("菜单"))
        self.menu.setToolTip(self.tr("菜单"))
        self.main_menu.setTitle(self.tr("菜单"))
        self._language_menu.setTitle(self.tr("语言"))
        self._folder.setText(self.tr("打开数据文件夹"))
        self._logs.setText(self.tr("打开日志文件夹"))
        self._about.setText(self.tr("关于"))
        self._quit.setText(self.tr("退出"))
        self.chips.retranslate()
        self._arrange()

    def show_language(self, language: Language) -> None:
        """Tick the language that is spoken now."""
        self._languages[language].setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the chips beside the buttons, or under them where there is no room."""
        fixed = (self.add, self.check_all, self.chips, self.menu)
        wanted = sum(widget.sizeHint().width() for widget in fixed)
        wanted += self.search.minimumWidth() + 12 * 5 + 16
        narrow = wanted > self.width() > 0
        if narrow == self._narrow:
            return
        self._narrow = narrow
        home: QBoxLayout = self._second if narrow else self._first
        away = self._first if narrow else self._second
        away.removeWidget(self.chips)
        home.insertWidget(0 if narrow else 3, self.chips, 0, Qt.AlignmentFlag.AlignLeft)

    def _build_menu(self) -> None:
        menu = self.main_menu = QMenu(self.menu)
        menu.setObjectName("main_menu")
        self._language_menu = menu.addMenu("")
        only_one = QActionGroup(self)
        self._languages: dict[Language, QAction] = {}
        for language, name in _OWN_NAMES.items():
            action = self._language_menu.addAction(name)
            action.setObjectName(f"language_{language.value.lower()}")
            action.setCheckable(True)
            only_one.addAction(action)
            action.triggered.connect(
                lambda _checked=False, one=language: self.language_chosen.emit(one.value)
            )
            self._languages[language] = action
        menu.addSeparator()
        self._folder = menu.addAction("", lambda: self.folder_wanted.emit())
        self._logs = menu.addAction("", lambda: self.logs_wanted.emit())
        self._about = menu.addAction("", lambda: self.about_wanted.emit())
        menu.addSeparator()
        self._quit = menu.addAction("", lambda: self.quit_wanted.emit())
        self._quit.setShortcut("Ctrl+Q")
        for action, name in (
            (self._folder, "open_folder_action"),
            (self._logs, "open_logs_action"),
            (self._about, "about_action"),
            (self._quit, "quit_action"),
        ):
            action.setObjectName(name)
        self.menu.setMenu(menu)
