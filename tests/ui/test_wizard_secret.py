"""The secret: cleaned when pasted, hinted at, never refused for its shape, leaves no trace."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from laifaxin_desktop.engine.draft import Reason
from laifaxin_desktop.engine.setup import MOST_SECRET
from laifaxin_desktop.model.provider import Credential, PasteRule
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Text
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.wizard.secret_field import MOST_TAKEN, SecretField, clear_clipboard

from .person import Person, use
from .sample_wizard import CODE, stored_account

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def whole(dressed):
    """An error of ours anywhere fails the test; a closed window does not end the loop."""
    bugs: list[BaseException] = []
    loop.on_bug(bugs.append)
    dressed.setQuitOnLastWindowClosed(False)
    QGuiApplication.clipboard().clear()
    yield
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert bugs == []


def test_the_field_is_named_as_the_provider_names_its_secret(tmp_path, languages):
    for address, name in (
        ("li@qq.com", "授权码"),
        ("li@outlook.com", "应用密码"),
        ("li@example.net", "密码"),
    ):

        async def walk(person: Person, address: str = address, name: str = name) -> None:
            await person.to_secret(address)
            assert person.wizard.current.entry.accessibleName() == name
            assert name in person.seen()

        use(tmp_path / name, languages, walk)


def test_the_clipboard_is_read_only_after_a_click(tmp_path, languages):
    QGuiApplication.clipboard().setText("abcd efgh\u00a0ijkl mnop\n")

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        assert person.wizard.current.entry.text() == ""
        assert person.wizard.draft.secret is None
        person.click("粘贴")
        assert person.wizard.current.entry.text() == CODE
        assert "看起来是 QQ 邮箱的授权码 ✓" in person.seen()

    use(tmp_path, languages, walk)


def test_the_paste_key_cleans_too(tmp_path, languages):
    QGuiApplication.clipboard().setText("abcd-efgh-ijkl-mnop")

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        QTest.keyClick(person.wizard.focusWidget(), Qt.Key.Key_V, CTRL)
        assert person.wizard.current.entry.text() == CODE

    use(tmp_path, languages, walk)


def test_an_ordinary_password_is_never_touched(tmp_path, languages):
    QGuiApplication.clipboard().setText("mein pass-wort \r\n")

    async def walk(person: Person) -> None:
        await person.to_secret("li@example.net")
        person.click("粘贴")
        assert person.wizard.draft.secret.reveal() == "mein pass-wort "

    use(tmp_path, languages, walk)


@pytest.mark.parametrize(
    ("typed", "words", "goes_on"),
    [
        ("Hunter2!", "这更像是登录密码。", True),
        ("li@qq.com", "这是邮箱地址，不是授权码。", True),
        ("ａｂｃｄｅｆ", "里面有中文或全角字符", True),
        ("x" * (MOST_SECRET + 1), "内容太长", False),
        ("   ", "这里只有空格。", False),
    ],
)
def test_odd_input_gets_a_sentence(tmp_path, languages, typed, words, goes_on):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.wizard.current.entry.setText(typed)
        assert any(words in seen for seen in person.seen()), person.seen()
        assert person.button("下一步").isEnabled() is goes_on

    use(tmp_path, languages, walk)


def test_a_line_break_inside_a_password_is_named(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@example.net")
        person.wizard.current.take("first line\nsecond line")
        assert any("中间有换行" in seen for seen in person.seen())
        assert not person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


def test_an_image_or_nothing_on_the_clipboard_changes_nothing(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.type(CODE)
        image = QMimeData()
        image.setImageData(QImage(4, 4, QImage.Format.Format_RGB32))
        QGuiApplication.clipboard().setMimeData(image)
        person.click("粘贴")
        assert any("剪贴板里没有文字" in seen for seen in person.seen())
        assert person.wizard.current.entry.text() == CODE

    use(tmp_path, languages, walk)


def test_a_whole_letter_is_cut_and_called_too_long(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        QGuiApplication.clipboard().setText("Dear Li,\n" * 100_000)
        person.click("粘贴")
        assert len(person.wizard.current.entry.text()) == MOST_TAKEN
        assert any("内容太长" in seen for seen in person.seen())

    use(tmp_path, languages, walk)


def test_it_is_hidden_again_when_the_page_is_left(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.type(CODE)
        entry = person.wizard.current.entry
        assert entry.echoMode() is QLineEdit.EchoMode.Password
        person.click("显示")
        assert entry.echoMode() is QLineEdit.EchoMode.Normal
        person.click("上一步")
        assert entry.echoMode() is QLineEdit.EchoMode.Password
        assert entry.text() == CODE

    use(tmp_path, languages, walk)


def test_no_input_method_learns_it_and_nothing_brings_it_back(dressed, qtbot):
    window = QWidget()
    field = SecretField("field")
    field.setParent(window)
    qtbot.addWidget(window)
    window.show()
    for shown in (False, True):
        field.reveal(shown)
        hints = field.inputMethodHints()
        assert hints & Qt.InputMethodHint.ImhSensitiveData
        assert hints & Qt.InputMethodHint.ImhHiddenText
        assert hints & Qt.InputMethodHint.ImhNoPredictiveText
        field.clear()
        QTest.keyClicks(field, "hunter2")
        QTest.keyClick(field, Qt.Key.Key_A, CTRL)
        QTest.keyClick(field, Qt.Key.Key_Delete)
        for _ in range(3):
            QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
        assert field.text() == ""


def test_the_secret_is_gone_with_the_wizard(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.type(CODE)
        wizard, page = person.wizard, person.wizard.current
        wizard.done(0)
        assert wizard.draft.secret is None
        assert page.entry.text() == ""

    use(tmp_path, languages, walk)


def test_the_clipboard_is_cleared_only_if_it_still_holds_the_secret(dressed):
    clipboard, rule = QGuiApplication.clipboard(), PasteRule.STRIP_SPACES
    credential = Credential(Text("授权码", "code"), 16, "a-z", rule)
    clipboard.setText("something else")
    clear_clipboard(Secret(CODE), credential)
    assert clipboard.text() == "something else"
    clipboard.setText("abcd efgh ijkl mnop")
    clear_clipboard(Secret(CODE), credential)
    assert clipboard.text() == ""
    clipboard.setText("geheim")
    clear_clipboard(None, None)
    assert clipboard.text() == "geheim"
    clear_clipboard(Secret("geheim"), None)
    assert clipboard.text() == ""


def test_re_authorising_shows_the_guide_without_leaving_the_page(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.type("half a sec")
        person.click("还没有授权码？查看步骤")
        dialog = person.wizard.findChild(QWidget, "guide_dialog")
        assert dialog.isVisible()
        dialog.close()
        assert person.wizard.current.entry.text() == "half a sec"

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REAUTHORIZE,
        account=stored_account,
    )


def test_a_latin_name_stands_apart_from_chinese(tmp_path, dressed, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@proton.me")
        seen = person.seen()
        assert "粘贴 Bridge 密码" in seen
        assert not any("粘贴Bridge" in text or "有Bridge" in text for text in seen)

    use(tmp_path, languages, walk)
