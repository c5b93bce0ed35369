"""The real window signs in with Microsoft: from an address to 正常, by every way there is.

The platform, the browser and the mail servers are real programs. Whatever a test does, at its end
nothing that the platform handed out is found in a file, a log, the window, `ps` or the clipboard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from laifaxin_desktop.log import forms_of
from tests.servers.desktop import Desktop
from tests.servers.entra.cast import CLIENT_ID, CLIENT_IDS, CUSTOMER, PERSON, WORKER
from tests.servers.fixtures_microsoft import MicrosoftWorld
from tests.servers.processes import wait_until
from tests.servers.screen import Screen
from tests.test_black_box import PROGRAM, SLOW, Person, copy, paste
from tests.test_black_box_providers import COLUMNS

ONE_CLICK = {"LAIFAXIN_MICROSOFT_CLIENT_ID": CLIENT_ID}
OWN_ID = "0f4b1c9e-2c50-4a6e-9d8f-3b8f5f0a7c11"
OWN_SECRET = "abc8Q~Zk3v.T0pS3cret_Value-xYz0123456789"
FIXED = "http://localhost:22345/api/v1/outlook-authorization/code"
LINE_PASSWORD = "Sell3r-Gave-Th1s"
AT_HOME = ("正常", "IMAP 正常", "Graph 正常", "微软登录")
AT_WORK = ("正常", "IMAP 正常", "SMTP 正常", "微软登录")
MOST_CLICKS = 3  # of any Microsoft sign-in, beside what is typed and the browser
_PART = 40  # characters of a secret that are enough to know it by


class Signer(Person):
    """A person who counts their clicks, while all that the program shows is written down."""

    def __init__(self, screen: Screen, home: Path) -> None:
        super().__init__(screen)
        self.home = home
        self.clicks = 0
        self.seen = b""

    def press(self, name: str, role: str = "push button") -> None:
        super().press(name, role)
        self.clicks += 1

    def look(self) -> None:
        """Write down the window, the clipboard, the processes and the files."""
        assert self.screen.pid is not None
        self.seen += (self.screen.tree() + paste(self.screen.desktop)).encode()
        self.seen += b"".join(processes(self.screen.pid)) + files(self.home)

    def begin(self, address: str) -> None:
        """From the open list to the page after the address."""
        self.press("添加邮箱")
        self.type_address(address)
        self.next()
        self.screen.wait("radio button", "微软登录", timeout=SLOW)

    def sign_in(self, address: str) -> None:
        """By one click."""
        self.begin(address)
        self.screen.wait("radio button", "微软登录", checked=True, timeout=SLOW)
        self.next()

    def choose_way(self, way: str) -> None:
        self.press(way, "radio button")
        self.screen.wait("radio button", way, checked=True, timeout=SLOW)
        self.next()

    def open_menu(self, address: str, item: str) -> None:
        """An item of the menu that the right mouse button opens."""
        row = self.screen.wait("table cell", address, timeout=SLOW)
        row.click_with_mouse(button=3)
        self.clicks += 1
        self.press(item, "menu item")

    def wait_for_good(self) -> None:
        """The last page, which only a good check reaches."""
        self.screen.wait("label", "正常", timeout=SLOW)

    def finish(self) -> None:
        """Close the wizard after a good check."""
        self.wait_for_good()
        self.look()
        assert b" DEBUG " in self.seen  # the log is read, and tells what it can
        self.press("完成")
        self.screen.wait_gone("dialog", timeout=SLOW)

    def expect(self, wanted: Mapping[str, tuple[str, str, str, str]]) -> None:
        """The list: status, receiving, sending and way, by address."""
        with suppress(TimeoutError):  # the comparison below says more
            wait_until(lambda: self.rows() == wanted, SLOW, "the list")
        assert self.rows() == wanted

    def rows(self) -> dict[str, tuple[str, ...]]:
        """The list as it is read out."""
        cells = [cell.name for cell in self.screen.all("table cell", showing=False)]
        return {cells[at]: tuple(cells[at + 1 : at + 5]) for at in range(0, len(cells), COLUMNS)}


def processes(pid: int) -> Iterator[bytes]:
    """Arguments and environment of a program and of everything it has started, as ps shows."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((path / "stat").read_text().rpartition(") ")[2].split()[1])
            if int(path.name) == pid:
                yield (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
            elif parent == pid:
                yield from processes(int(path.name))


def files(folder: Path) -> bytes:
    """Every file, with what SQLite and the log keep beside theirs."""
    raw = b""
    for path in folder.rglob("*"):
        with suppress(OSError):  # a journal that has just gone, a socket
            raw += path.read_bytes() if path.is_file() else b""
    return raw


def expect_no_leak(world: MicrosoftWorld, seen: bytes, more: tuple[str, ...] = ()) -> None:
    """Nothing of what the platform gave or was given is in `seen`, whole or in part."""
    secrets = [*world.entra.secrets(), *more]
    for secret in secrets:
        for part in {secret[:_PART], secret[-_PART:]}:
            for form in forms_of(part):
                assert form.encode() not in seen, form
                assert form.encode("utf-16-le") not in seen, form


@contextmanager
def signing(
    world: MicrosoftWorld,
    desktop: Desktop,
    home: Path,
    more: Mapping[str, str] = ONE_CLICK,
) -> Iterator[Signer]:
    """The window, with a detailed log; at its end nothing has leaked."""
    temporary = home / "temporary"
    temporary.mkdir(parents=True)
    environment = {**more, "TMPDIR": str(temporary)}
    with world.window([*PROGRAM, "--debug"], home, desktop, more=environment) as screen:
        screen.wait("push button", "添加邮箱", timeout=SLOW)
        person = Signer(screen, home)
        yield person
        person.look()
    seen = person.seen + files(home) + "\n".join(world.browser.begun()).encode()
    for mistake in (b"Traceback", "程序内部出错".encode()):
        _, found, after = seen.partition(mistake)
        assert not found, after[:3000].decode(errors="replace")
    expect_no_leak(world, seen, (LINE_PASSWORD,))


@pytest.fixture
def person(microsoft_world: MicrosoftWorld, desktop: Desktop, tmp_path: Path) -> Iterator[Signer]:
    """In front of a window that has its own app for Microsoft's worldwide cloud."""
    with signing(microsoft_world, desktop, tmp_path / "用户 home") as person:
        yield person


def test_one_click(person: Signer, microsoft_world: MicrosoftWorld) -> None:
    person.sign_in(PERSON)
    person.wait_for_good()
    assert person.clicks <= MOST_CLICKS
    # No password had a part in it, and none is spoken of.
    assert not person.screen.has(contains="密码")
    page = microsoft_world.browser.last_page()["page"]
    assert "请回到“来发信 · 邮箱助手”" in page
    assert "Please return to 来发信 · 邮箱助手" in page
    person.finish()
    person.expect({PERSON: AT_HOME})
    [asked] = microsoft_world.entra.seen("authorize")
    assert asked.values["login_hint"] == PERSON


def test_one_click_into_a_mailbox_at_work(person: Signer) -> None:
    person.press("添加邮箱")
    person.type_address(WORKER)
    person.screen.wait("label", "服务器已自动填写 ✓", timeout=SLOW)
    person.next()
    person.screen.wait("radio button", "微软登录", checked=True, timeout=SLOW)
    person.next()
    person.wait_for_good()
    assert person.clicks <= MOST_CLICKS
    person.finish()
    person.expect({WORKER: AT_WORK})


def test_an_app_of_ones_own_with_a_secret_by_keyboard(
    person: Signer, microsoft_world: MicrosoftWorld
) -> None:
    """Nothing but keys from the first field of the form to the sign-in; and again by a yes."""
    entra, screen = microsoft_world.entra, person.screen
    entra.register_app(OWN_ID, redirects=[FIXED], platform="web", secret=OWN_SECRET)
    person.begin(WORKER)
    person.choose_way("自己的应用")
    person.press("跳过")
    write(screen, "应用程序(客户端) ID", OWN_ID)
    tab_to(screen, "目录(租户)")
    write(screen, "目录(租户)", "corp.example")
    tab_to(screen, "应用有密码")
    screen.press("space")
    tab_to(screen, "客户端密码的值")
    write(screen, "客户端密码的值", OWN_SECRET)
    tab_to(screen, "密码到期日（可以不填）")
    write(screen, "密码到期日（可以不填）", "2099/11/20")
    tab_to(screen, "重定向地址")
    write(screen, "重定向地址", FIXED)
    person.look()
    assert OWN_ID.encode() in person.seen  # what stands in a field is seen, but not the secret
    screen.wait("push button", "下一步", enabled=True, timeout=SLOW)
    screen.press("Return")
    person.finish()
    person.expect({WORKER: AT_WORK})
    entra.revoke(entra.user(WORKER))
    entra.expire_access_tokens()
    person.press("检测全部")
    person.expect({WORKER: ("需要重新授权", "IMAP 失败", "SMTP 失败", "微软登录")})
    person.open_menu(WORKER, "重新授权…")  # neither the app nor its secret is asked for again
    person.finish()
    person.expect({WORKER: AT_WORK})
    assert OWN_SECRET in entra.secrets()
    assert {asked.values["redirect_uri"] for asked in entra.seen("authorize")} == {FIXED}


def write(screen: Screen, field: str, text: str) -> None:
    """Type into the field that has the keyboard, in the place of what it holds."""
    wait_until(lambda: field in focused(screen), SLOW, f"the keyboard to be in {field}")
    screen.press("ctrl+a")
    screen.desktop.xdotool("type", "--clearmodifiers", "--delay", "5", "--", text)


def tab_to(screen: Screen, name: str) -> None:
    """By Tab alone; whatever has the keyboard on the way has a name."""
    for _ in range(8):
        before = focused(screen)
        assert all(before)
        screen.press("Tab")
        wait_until(lambda: focused(screen) != before, SLOW, "Tab to go on")  # noqa: B023 - at once
        if name in focused(screen):
            return
    raise AssertionError(f"Tab never came to {name}\n{screen.tree()}")


def focused(screen: Screen) -> list[str]:
    """What has the keyboard: one name, or those of a box to choose from and of the field in it."""
    anything = dict.fromkeys(("role", "name", "contains", "within"))
    states = {"focused": True, "showing": True}
    found = screen.ask(do="find", seconds=0, pid=screen.pid, states=states, **anything)["found"]
    passive = ("frame", "dialog", "list item")  # the last: the choice of a box that has it
    return [each["name"] for each in found if each["role"] not in passive]


def test_a_code_on_another_device(person: Signer, microsoft_world: MicrosoftWorld) -> None:
    entra, browser, screen = microsoft_world.entra, microsoft_world.browser, person.screen
    entra.state.device_interval = 1
    browser.obey({"close": "at login"})
    person.begin(CUSTOMER)
    person.choose_way("自己的应用")
    person.press("跳过")
    screen.wait("text", "应用程序(客户端) ID", timeout=SLOW).type(CLIENT_IDS["china"])
    person.next()
    person.press("改用设备代码")
    code = screen.wait("label", contains="代码 ", timeout=SLOW)
    user_code = code.name.removeprefix("代码 ")
    assert screen.has("label", "https://microsoft.com/deviceloginchina")
    person.press("复制代码")
    wait_until(lambda: paste(screen.desktop) == user_code, SLOW, "the code to be copied")
    person.look()
    entra.approve_device(entra.user(CUSTOMER), user_code)
    person.finish()
    assert paste(screen.desktop) != user_code
    person.expect({CUSTOMER: AT_WORK})
    assert {seen.host for seen in entra.seen("token")} == {"login.partner.microsoftonline.cn"}


def test_a_pasted_line(microsoft_world: MicrosoftWorld, desktop: Desktop, tmp_path: Path) -> None:
    """Taken apart, redeemed and forgotten: it is a good sign-in that no browser has seen."""
    world = microsoft_world
    words = ["sign-in", WORKER, "--client-id", CLIENT_ID]
    elsewhere = world.run([*PROGRAM, *words], tmp_path / "elsewhere")
    assert elsewhere.returncode == 0, elsewhere.stderr
    owner, tokens = world.entra.user(WORKER), world.entra.state.tokens.refresh
    token = next(text for text, one in tokens.items() if one.user is owner)
    world.browser.forget()
    with signing(world, desktop, tmp_path / "home", {}) as person:
        person.begin(WORKER)
        person.choose_way("ClientId + RefreshToken")
        person.press("跳过")
        copy(desktop, f"{WORKER}----{LINE_PASSWORD}----{CLIENT_ID}----{token}\n")
        person.press("粘贴")
        person.screen.wait("label", contains="已识别", timeout=SLOW)
        person.next()
        person.finish()
        assert token not in paste(desktop)
        person.expect({WORKER: ("正常", "IMAP 正常", "SMTP 正常", "刷新令牌")})
    assert world.browser.begun() == []
