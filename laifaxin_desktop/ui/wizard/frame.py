"""The wizard's frame: rail, buttons, margins and words; knows no step and no draft."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget, QWizard

from laifaxin_desktop.app import App
from laifaxin_desktop.model.text import Language, Text
from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.languages import Languages
from laifaxin_desktop.ui.once import guard_double_click
from laifaxin_desktop.ui.wizard.rail import Rail

Which = QWizard.WizardButton
# 仍然保存 is plain: the one to press is the button that mends.
_BUTTONS = {
    Which.CancelButton: ("cancel", ""),
    Which.BackButton: ("back", ""),
    Which.NextButton: ("next", "primary"),
    Which.CustomButton1: ("save_anyway", ""),
    Which.FinishButton: ("finish", "primary"),
}


class Frame(QWizard):
    """QWizard with its own look taken off.

    Nothing of QWizard's inner layout is touched: PySide would hold wrappers of what only Qt
    deletes. Its margins are made up for in the pages, in the rail's and in style.qss.
    """

    def __init__(self, app: App, languages: Languages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.app, self.languages = app, languages
        self.setObjectName("setup_wizard")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWizardStyle(QWizard.WizardStyle.ClassicStyle)
        for option in (
            QWizard.WizardOption.NoBackButtonOnStartPage,
            QWizard.WizardOption.NoBackButtonOnLastPage,
            QWizard.WizardOption.NoCancelButtonOnLastPage,
            QWizard.WizardOption.HaveCustomButton1,
        ):
            self.setOption(option)
        self.rail = Rail()
        side = QWidget(self)  # with a parent: QWizard takes it, PySide would not know
        around = QVBoxLayout(side)
        around.setContentsMargins(6, 6, 0, 0)
        around.addWidget(self.rail)
        self.setSideWidget(side)
        for which, (name, kind) in _BUTTONS.items():
            button = self.button(which)
            button.setObjectName(name)
            guard_double_click(button)
            theme.set_kind(button, kind)  # also makes Qt look at the new name
        self.lay_out_buttons(saving=False)
        self._take_room()

    def say(self, text: Text) -> str:
        """Words about mail in the language of now."""
        return text.say(self.languages.current)

    def inside(self, name: Text) -> str:
        """A name as it stands inside a sentence: English writes it small there."""
        said = self.say(name)
        return said if self.languages.current is Language.ZH_CN else said[:1].lower() + said[1:]

    def word(self, name: str) -> str:
        """A wording of resources/words.toml in the language of now."""
        return self.say(self.app.words(name))

    def answer(self, word: str) -> str:
        """What a source answered: a known word in our words, anything else as it is."""
        name = f"answer.{word}"
        return self.word(name) if name in self.app.words else word

    @property
    def forward_button(self) -> QAbstractButton:
        """下一步, whatever it is called on this page."""
        return self.button(Which.NextButton)

    @property
    def finish_button(self) -> QAbstractButton:
        """完成, on the last page."""
        return self.button(Which.FinishButton)

    def lay_out_buttons(self, *, saving: bool) -> None:
        """The buttons below; `saving` puts 仍然保存 in the forward button's place."""
        forward = [Which.CustomButton1] if saving else [Which.NextButton, Which.FinishButton]
        self.setButtonLayout([Which.CancelButton, Which.Stretch, Which.BackButton, *forward])

    def name_buttons(self) -> None:
        """The words of the buttons, in the language of now."""
        for which, text in (
            (Which.CancelButton, self.tr("取消")),
            (Which.BackButton, self.tr("上一步")),
            (Which.NextButton, self.tr("下一步")),
            (Which.CustomButton1, self.tr("仍然保存")),
            (Which.FinishButton, self.tr("完成")),
        ):
            self.setButtonText(which, text)
            self.button(which).setAccessibleName(text)

    def dress_forward(self, friendlier: str | None) -> None:
        """Friendlier words for 下一步; a screen reader still knows it by that name."""
        text = friendlier or self.tr("下一步")
        if self.forward_button.text() != text:
            self.setButtonText(Which.NextButton, text)
        self.forward_button.setAccessibleName(self.tr("下一步"))

    def _take_room(self) -> None:
        """Larger text wants a larger window, as far as the screen goes."""
        self.setMinimumSize(760, 580)
        room, px = self.screen().availableSize(), theme.theme().px
        self.resize(min(px(900), room.width() * 9 // 10), min(px(700), room.height() * 9 // 10))
