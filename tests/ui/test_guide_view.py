"""The guide as cards: ticks are told at once, pages open by exact link, pictures follow."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QLabel

from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import browser, guide_view
from laifaxin_desktop.ui.guide_view import GuideView
from tests.knowledge.books import BOOK

from .conftest import RESOURCES

QQ = BOOK.by_id("qq")
GUIDE = QQ.guides[0]


@pytest.fixture
def view(dressed, qtbot):
    made = GuideView(RESOURCES / "guides")
    qtbot.addWidget(made)
    made.resize(600, 800)
    made.show_guide(QQ, GUIDE, Language.ZH_CN, frozenset())
    made.show()
    return made


def test_ticks_are_told_one_by_one(view):
    told: list[tuple[str, bool]] = []
    view.ticked.connect(lambda step, done: told.append((step, done)))
    for card in view._cards.values():
        assert not view.complete
        card.tick.click()
    assert view.complete
    view._cards["copy_code"].tick.click()
    assert not view.complete
    assert told == [(step.id, True) for step in GUIDE.steps] + [("copy_code", False)]


def test_kept_ticks_are_shown_without_being_told_again(view):
    told: list[str] = []
    view.ticked.connect(lambda step, done: told.append(step))
    view.set_done(frozenset({"open_account", "a step of an older version"}))
    assert view.done == {"open_account"}
    assert view.first_open is view._cards["turn_on_service"].open
    assert told == []


def test_the_exact_page_opens_and_its_address_can_be_copied(view, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(browser, "open_page", lambda url, failed: opened.append(url))
    for step in GUIDE.steps:
        view._cards[step.id].open.click()
        view._cards[step.id].copy.click()
        assert opened[-1] == step.link.url == QGuiApplication.clipboard().text()


def test_a_browser_that_does_not_open_is_said_on_the_card(view, monkeypatch):
    monkeypatch.setattr(browser, "open_page", lambda url, failed: failed())
    card = view._cards["open_account"]
    assert not card._failed.isVisible()
    card.open.click()
    assert card._failed.isVisible()
    assert card._failed.text() == "浏览器没有打开。请复制网址，粘贴到浏览器里。"


def test_every_step_of_every_guide_shows_its_picture_in_both_languages(view):
    for provider in BOOK.all:
        for guide in provider.guides:
            for language in Language:
                view.show_guide(provider, guide, language, frozenset())
                for card in view._cards.values():
                    assert isinstance(card._picture.pixmap(), QPixmap)
                    assert not card._picture.pixmap().isNull(), (provider.id, card.objectName())


def test_the_pictures_follow_the_language_and_the_theme(view, monkeypatch, dressed):
    from laifaxin_desktop.ui import theme

    def drawn() -> bytes:
        image = view._cards["open_account"]._picture.pixmap().toImage()
        return bytes(image.constBits())

    chinese = drawn()
    view.show_guide(QQ, GUIDE, Language.EN, frozenset())
    assert drawn() != chinese
    view.show_guide(QQ, GUIDE, Language.ZH_CN, frozenset())
    assert drawn() == chinese
    monkeypatch.setenv("LAIFAXIN_THEME", "dark")
    theme.theme().apply()
    assert drawn() != chinese
    monkeypatch.setenv("LAIFAXIN_THEME", "light")
    theme.theme().apply()
    assert drawn() == chinese


def test_questions_open_to_their_answers(view):
    answers = view.findChildren(guide_view.Answer)
    assert len(answers) == len(GUIDE.questions)
    for answer, question in zip(answers, GUIDE.questions, strict=True):
        label = answer.findChildren(QLabel)[-1]
        assert label.text() == question.answer.zh_CN
        assert not label.isVisible()
        answer.ask.click()
        assert label.isVisible()
        answer.ask.click()
        assert not label.isVisible()


def test_the_three_habits_are_there(view):
    words = {label.text() for label in view.findChildren(QLabel)}
    assert {habit.zh_CN for habit in GUIDE.habits} <= words
    assert len(GUIDE.habits) == 3


def test_a_narrow_view_puts_the_picture_under_the_words(view, qtbot):
    card = view._cards["open_account"]
    view.resize(600, 800)
    qtbot.waitUntil(lambda: card._across.indexOf(card._picture) >= 0)
    view.resize(380, 800)
    qtbot.waitUntil(lambda: card._words.indexOf(card._picture) >= 0)
    assert card._picture.pixmap().deviceIndependentSize().width() <= 380
