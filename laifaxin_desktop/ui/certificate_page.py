"""The page on which a person decides about a certificate; Enter and Esc never accept it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.problem import Doubt
from laifaxin_desktop.model.text import Language, Text

from .certificate_decision import Decision, doubts_of, grouped, in_spite_of
from .room import open_at
from .theme import theme
from .times import day
from .wizard.flow_row import FlowRow
from .wizard.parts import WrappingButton, button, card, put, words


class CertificatePage(QDialog):
    """Names, issuer, dates, fingerprint, every doubt, and what exactly allowing it would mean."""

    pins_wanted = Signal(object)  # tuple[Pin, ...]: except it, then check again
    old_unwanted = Signal()  # take the old exception away, then check again

    def __init__(
        self,
        asked: Decision,
        meaning: str,
        vocabulary: Words,
        language: Language,
        parent: QWidget | None = None,
    ) -> None:
        """`meaning` is what the diagnosis says of it."""
        super().__init__(parent)
        self.setObjectName("certificate_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("服务器证书"))
        self._asked, self._words, self._language = asked, vocabulary, language
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self._body = QVBoxLayout(inside)
        self._body.setContentsMargins(0, 0, 8, 0)
        self._body.setSpacing(12)
        title = words("title", "certificate_title")
        title.setText(self.tr("、", "between two servers").join(asked.places))
        self._body.addWidget(title)
        self._paragraph(meaning, name="certificate_meaning")
        if asked.old:
            self._body.addWidget(self._both())
        self._body.addWidget(self._facts())
        self._reasons()
        self._agreement()
        self._body.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        self._inside = inside
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 16, 16)
        column.setSpacing(12)
        column.addWidget(area, 1)
        column.addLayout(self._buttons())

    def text(self) -> str:
        """The facts as lines, for the clipboard."""
        return "\n".join(f"{name}: {value}" for name, value in self.facts)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        wide = theme().px(600)
        high = self._inside.heightForWidth(wide - 48)
        open_at(self, wide, max(theme().px(320), high + theme().px(90)))
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- the parts ---

    def _paragraph(self, text: str, kind: str = "", name: str = "") -> None:
        label = words(kind, name, selectable=True)
        label.setText(text)
        self._body.addWidget(label)

    def _say(self, texts: Iterable[Text]) -> list[str]:
        return [text.say(self._language) for text in texts]

    def _both(self) -> QWidget:
        """The fingerprint that was excepted, and the one that came instead."""
        frame, column = card("notice")
        for name, sentence, sha256 in (
            ("old_fingerprint", self.tr("您以前允许的证书，指纹是："), self._asked.old),
            ("new_fingerprint", self.tr("现在出示的证书，指纹是："), self._asked.shown.sha256),
        ):
            head, mark = words("strong"), words("fingerprint", name, selectable=True)
            head.setText(sentence)
            mark.setText(grouped(sha256))
            mark.setAccessibleName(f"{sentence} {grouped(sha256, 32)}")
            column.addWidget(head)
            column.addWidget(mark)
        return frame

    def _facts(self) -> QWidget:
        shown = self._asked.shown
        issuer = self.tr("{issuer}（自签名）") if shown.self_signed else "{issuer}"
        digest = f" · {shown.digest}" if shown.digest else ""
        self.facts = [
            (self.tr("用于"), ", ".join(shown.names) or shown.subject),
            (self.tr("颁发者"), issuer.replace("{issuer}", shown.issuer)),
            (self.tr("生效"), day(shown.not_before)),
            (self.tr("到期"), day(shown.not_after)),
            (self.tr("密钥和签名"), f"{shown.key or '–'}{digest}"),
            (self.tr("SHA-256 指纹"), grouped(shown.sha256)),
        ]
        frame, column = card()
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for name, value in self.facts:
            left = words("secondary")
            left.setWordWrap(False)
            left.setText(name)
            is_mark = value == grouped(shown.sha256)
            right = words("fingerprint" if is_mark else "", selectable=True)
            right.setObjectName("fingerprint" if is_mark else "")
            right.setText(value)
            right.setAccessibleName(f"{name} {value}".replace("\n", " "))
            form.addRow(left, right)
        column.addLayout(form)
        return frame

    def _reasons(self) -> None:
        reasons = self._say(doubts_of(self._asked.seen[0], self._words))
        if not reasons:
            return
        frame, column = card("failure")
        head = words("failure-title")
        head.setText(self.tr("为什么不信任它"))
        column.addWidget(head)
        for number, reason in enumerate(reasons, 1):
            line = words("", f"doubt_{number}", selectable=True)
            line.setText(f"· {reason}")
            column.addWidget(line)
        self._body.addWidget(frame)

    def _agreement(self) -> None:
        """What is agreed to, or why nothing can be."""
        asked = self._asked
        if not asked.pins:
            if said := self._refusal():
                self._paragraph(said, name="no_exception")
            return
        frame, column = card()
        frame.setObjectName("agreement")
        head = words("strong")
        head.setText(self.tr("允许它，就是同意："))
        column.addWidget(head)
        for line in self._terms():
            term = words("", "term", selectable=True)
            term.setText(f"· {line}")
            column.addWidget(term)
        advice = words("secondary", "advice")
        advice.setText(
            self.tr("这是本机程序（如 Proton Mail Bridge）的证书，连接不离开这台电脑。")
            if asked.here
            else self.tr("允许之前，请向管理员核对指纹：每一位都一样才允许。")
        )
        column.addWidget(advice)
        self._body.addWidget(frame)

    def _terms(self) -> Sequence[str]:
        places = self.tr("、", "between two servers").join(self._asked.places)
        terms = [
            self.tr("以后连接 {0} 时，只认这一张证书，不再要求有机构担保；").format(places),
            self.tr("密码会交给出示它的服务器；"),
        ]
        terms += [
            self.tr("{0}；", "one more term").format(said)
            for said in self._say(in_spite_of(self._asked.seen[0], self._words))
        ]
        return (*terms, self.tr("换成别的证书会再问您，随时可以在服务器设置里撤销。"))

    def _refusal(self) -> str:
        asked = self._asked
        if asked.portal:
            return self.tr("现在的网络要先登录才能使用，出示证书的可能是它，所以不能允许。")
        if asked.unfit:
            return self.tr("这样的证书谁都能冒充，所以不能允许。请管理员或服务商换一张。")
        if asked.vouched and asked.old:
            return self.tr("新证书由受信任的机构签发，没有问题；撤销以前的允许就能继续使用。")
        if Doubt.WRONG_HOST in asked.shown.doubts:
            return self.tr("这样的证书不能允许：要在服务器那边改好，或者改正这里的服务器名称。")
        return self.tr("这样的证书不能允许：要在服务器那边改好，请告诉服务商或管理员。")

    def _buttons(self) -> QHBoxLayout:
        asked = self._asked
        row = FlowRow()
        self.copy = WrappingButton("copy_certificate_button")
        self.copy.put(self.tr("复制"))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        self.accept_button = WrappingButton("accept_certificate_button")
        self.accept_button.put(self.tr("允许新的证书") if asked.old else self.tr("允许这张证书"))
        self.accept_button.setVisible(bool(asked.pins))
        self.accept_button.clicked.connect(self._accept)
        self.drop = WrappingButton("drop_exception_button")
        self.drop.put(self.tr("撤销以前的允许"))
        self.drop.setVisible(bool(asked.old))
        self.drop.clicked.connect(self._drop)
        for each in (self.copy, self.accept_button, self.drop):
            row.add(each)
        self.close_button = button("close_certificate_button")
        put(self.close_button, self.tr("不允许") if asked.pins else self.tr("关闭"))
        self.close_button.clicked.connect(self.reject)
        self.close_button.setDefault(True)
        line = QHBoxLayout()
        line.addWidget(row, 1)
        line.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignBottom)
        return line

    def _accept(self) -> None:
        self.accept()
        self.pins_wanted.emit(self._asked.pins)

    def _drop(self) -> None:
        self.accept()
        self.old_unwanted.emit()
