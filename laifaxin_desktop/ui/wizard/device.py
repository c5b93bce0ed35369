"""A sign-in on another device: the code, the page it is typed on, and how long it lives."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from laifaxin_desktop.engine.ports import DeviceFlow
from laifaxin_desktop.ui.qr import QrPicture
from laifaxin_desktop.ui.wizard.flow_row import FlowRow, SideBySide
from laifaxin_desktop.ui.wizard.parts import Spinner, WrappingButton, row, words

_LOOK = 5000  # ms between two looks at the clock


class DeviceCard(QFrame):
    """Shows one code; the buttons are the page's to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("device_card")
        self._ends: datetime | None = None
        self._again = False
        self._sentence = words("", "device_sentence")
        self._page_label = words("secondary")
        self.page = words("strong", "device_page", selectable=True)
        self.open = WrappingButton("open_code_page")
        self._code_label = words("secondary")
        self.code = words("code", "device_code", selectable=True)
        self.code.setWordWrap(False)
        self.copy = WrappingButton("copy_code", "primary")
        self.qr = QrPicture("device_qr")
        self._left = words("small", "device_left")
        self._waiting = words("", "device_waiting")
        self.browser = WrappingButton("use_browser")
        self.cancel = WrappingButton("cancel_sign_in")
        written = QWidget()
        texts = QVBoxLayout(written)
        texts.setContentsMargins(0, 0, 0, 0)
        texts.setSpacing(6)
        for widget in (self._page_label, self.page):
            texts.addWidget(widget)
        texts.addLayout(row(self.open))
        texts.addSpacing(8)
        for widget in (self._code_label, self.code):
            texts.addWidget(widget)
        texts.addLayout(row(self.copy))
        texts.addStretch(1)
        beside = SideBySide(written, self.qr, least=420, stretch=(1, 0))
        waits = QHBoxLayout()
        waits.setSpacing(8)
        waits.addWidget(Spinner(), 0, Qt.AlignmentFlag.AlignTop)
        waits.addWidget(self._waiting, 1)
        actions = FlowRow()
        for button in (self.browser, self.cancel):
            actions.add(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(self._sentence)
        column.addWidget(beside)
        column.addLayout(waits)
        column.addWidget(self._left)
        column.addWidget(actions)
        self._clock = QTimer(self, interval=_LOOK)
        self._clock.timeout.connect(self._tell_time)

    def show_flow(self, device: DeviceFlow, page: str, *, again: bool) -> None:
        """Another code; `page` is used where the platform names none.

        `again` says that one was entered already, and a second is needed.
        """
        self._again = again
        self._ends = device.expires_at
        self.code.setText(device.code)
        self.page.setText(device.page or page)
        self.qr.show_text(self.page.text())
        self.retranslate()

    def forget(self) -> None:
        """The code is worth nothing any more."""
        self._ends = None
        self.code.clear()
        self.code.setAccessibleName("")
        self.code.setAccessibleDescription("")
        self.page.clear()
        self.qr.show_text("")

    def retranslate(self) -> None:
        """Every word; the code is spelled for a screen reader."""
        first = self.tr("在手机或任何一台电脑上打开下面的网页，输入代码，再登录微软账户。")
        second = self.tr("还差一步：收信和发信各要一次授权，请照样再输入下面这个新代码。")
        self._sentence.setText(second if self._again else first)
        self._page_label.setText(self.tr("网页"))
        self._code_label.setText(self.tr("代码"))
        self.open.put(self.tr("打开网页"))
        self.copy.put(self.tr("复制代码"))
        self.browser.put(self.tr("改用浏览器"))
        self.cancel.put(self.tr("取消登录"))
        self._waiting.setText(self.tr("正在等待您在网页上输入代码…"))
        self.qr.setAccessibleName(self.tr("网页地址的二维码"))
        code = self.code.text()
        self.code.setAccessibleName(self.tr("代码 {0}").format(code) if code else "")
        dash = self.tr("连字符")
        spelled = " ".join(dash if letter == "-" else letter for letter in code)
        self.code.setAccessibleDescription(spelled)
        self._tell_time()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()
        self._tell_time()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    def _tell_time(self) -> None:
        seconds = (self._ends - datetime.now(UTC)).total_seconds() if self._ends else 0
        minutes = round(seconds / 60)
        if minutes > 1:
            said = self.tr("代码还有 {0} 分钟有效。").format(minutes)
        else:
            said = self.tr("代码快要过期了；过期后可以再要一个。")
        self._left.setText(said if self._ends else "")
