"""One click to another way into the mailbox, with everything typed kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QRadioButton

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.microsoft import CloudId
from laifaxin_desktop.model.problem import Evidence, Fault, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Side
from laifaxin_desktop.model.report import Status, status_of
from laifaxin_desktop.ui import browser, loop
from laifaxin_desktop.ui.guide_dialog import GuideDialog
from laifaxin_desktop.ui.wizard.cloud_dialog import named_in
from tests.engine.sign_in import CLIENT, ScriptedOAuth, refused

from .person import Person, use
from .sample_sign_in import signed_account
from .sample_switch import NOT_CONNECTED, SMTP_OFF, Exchange, password_account
from .sample_wizard import CODE, PRESET, contoso_mx, until

ADDRESS, WORK = "someone@outlook.com", "li@contoso.cn"


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


@pytest.fixture(autouse=True)
def pages(monkeypatch):
    """The pages that a browser was told to open; none opens."""
    opened: list[str] = []
    monkeypatch.setattr(browser, "open_page", lambda url, failed=None: opened.append(url))
    return opened


async def sign_in(person: Person, oauth: ScriptedOAuth, outcome=None) -> None:
    """The browser's part: waits until it is asked, then says yes."""
    before = len(oauth.flows)
    await person.reach(Step.SIGN_IN)
    await until(lambda: person.wizard.current.signing.url)
    assert len(oauth.flows) >= before
    oauth.come_back(outcome)


async def refused_with(person: Person, address: str, words: str = CODE) -> None:
    """A password that is typed and refused."""
    await person.to_secret(address)
    person.wizard.current.take(words)
    await person.next()
    while person.step is not Step.CHECK:
        await person.next()
    await person.fail()


async def signed_in(person: Person, oauth: ScriptedOAuth, address: str) -> None:
    """Microsoft sign-in up to the check."""
    person.type(address)
    await person.next()
    await person.next()
    await sign_in(person, oauth)
    await until(lambda: person.step is not Step.SIGN_IN)
    while person.step is not Step.CHECK:
        await person.next()


async def kept(person: Person):
    await person.reach(Step.DONE)
    [account] = await person.wizard.app.accounts.all()
    report = (await person.wizard.app.accounts.reports())[account.id]
    assert status_of(report) is Status.OK
    return account


def test_where_passwords_have_ended_one_click_and_the_browser_end_in_working_mail(
    tmp_path, languages, pages
):
    oauth = ScriptedOAuth(identity=ADDRESS)

    async def walk(person: Person) -> None:
        await refused_with(person, ADDRESS)
        person.clicks = 0
        await person.press("改用微软登录")
        await sign_in(person, oauth)
        account = await kept(person)
        assert person.clicks == 1
        assert account.settings.auth is AuthWay.MICROSOFT
        assert account.settings.sign_in.client_id == CLIENT
        assert account.settings.outgoing.protocol is Protocol.GRAPH
        assert len(pages) == 1

    use(tmp_path, languages, walk, servers=Exchange(), oauth=oauth, preset=PRESET)


def test_turning_back_finds_the_password_as_it_was_typed(tmp_path, languages):
    async def walk(person: Person) -> None:
        await refused_with(person, ADDRESS)
        await person.press("改用微软登录")
        await person.reach(Step.SIGN_IN)
        person.click("上一步")
        await person.reach(Step.WAY)
        assert person.wizard.draft.way is AuthWay.MICROSOFT
        await person.choose_secret()
        while person.step is not Step.SECRET:
            if person.step is Step.GUIDE:
                person.click("跳过")
            else:
                await person.next()
        assert person.wizard.current.entry.text() == CODE
        assert person.wizard.draft.settings.outgoing.protocol is Protocol.SMTP
        assert person.wizard.app.oauth.open == 0

    use(tmp_path, languages, walk, servers=Exchange(), oauth=ScriptedOAuth(), preset=PRESET)


def test_without_an_app_of_the_programs_own_the_form_opens_at_once(tmp_path, languages):
    async def walk(person: Person) -> None:
        await refused_with(person, ADDRESS)
        await person.press("改用微软登录")
        await person.reach(Step.APP)
        assert person.wizard.focusWidget() is not None
        person.wizard.current.form.client_id.setText(CLIENT)
        await person.next()
        await sign_in(person, person.wizard.app.oauth)
        account = await kept(person)
        assert account.settings.sign_in.client_id == CLIENT

    use(tmp_path, languages, walk, servers=Exchange(), oauth=ScriptedOAuth(identity=ADDRESS))


def test_a_mailbox_set_up_by_hand_at_microsoft_s_servers_finds_the_way(tmp_path, languages):
    """Behind a filter of its own the domain's mail exchanger does not tell."""
    oauth = ScriptedOAuth(identity="li@example.net")

    async def walk(person: Person) -> None:
        await person.to_secret("li@example.net")
        person.wizard.current.take("geheim")
        await person.next()
        form = person.wizard.current.form.halves
        form[Side.RECEIVE].host.setText("outlook.office365.com")
        form[Side.SEND].host.setText("smtp.office365.com")
        await person.next()
        await person.fail()
        await person.press("改用微软登录")
        await sign_in(person, oauth)
        await person.reach(Step.SERVERS)
        assert person.wizard.draft.settings.outgoing.port == 587
        await person.next()
        account = await kept(person)
        assert account.provider == "m365_global"

    use(tmp_path, languages, walk, servers=Exchange(), oauth=oauth, preset=PRESET)


def test_where_smtp_is_off_graph_sends_with_the_same_sign_in(tmp_path, languages, pages):
    oauth = ScriptedOAuth(identity=WORK)

    async def walk(person: Person) -> None:
        await signed_in(person, oauth, WORK)
        await person.fail()
        person.clicks = 0
        await person.press("改用 Graph 发信")
        account = await kept(person)
        assert person.clicks == 1
        assert len(pages) == 1  # nobody signed in again
        assert account.settings.outgoing.protocol is Protocol.GRAPH
        assert account.settings.incoming.protocol is Protocol.IMAP

    servers = Exchange(off={Protocol.SMTP: SMTP_OFF})
    use(tmp_path, languages, walk, servers=servers, oauth=oauth, preset=PRESET, mx=contoso_mx)


def test_a_password_that_cannot_send_leads_to_microsoft_sending_by_graph(tmp_path, languages):
    oauth = ScriptedOAuth(identity=WORK)

    async def walk(person: Person) -> None:
        await refused_with(person, WORK)
        [card] = person.wizard.current.cards
        assert card.diagnosis.problem == "smtp_auth_disabled_tenant"
        buttons = [button.accessibleName() for button in person._buttons()]
        assert "改用微软登录" not in buttons  # the card's own button does it
        await person.press("改用 Graph 发信")
        await sign_in(person, oauth)
        account = await kept(person)
        assert account.settings.outgoing.protocol is Protocol.GRAPH

    servers = Exchange(off={Protocol.SMTP: SMTP_OFF}, passwords={Protocol.SMTP: SMTP_OFF})
    use(tmp_path, languages, walk, servers=servers, oauth=oauth, preset=PRESET, mx=contoso_mx)


def test_where_imap_is_off_graph_receives_after_its_own_consent(tmp_path, languages, pages):
    oauth = ScriptedOAuth(identity=ADDRESS)
    everything, oauth.granted = oauth.granted, oauth.granted - {"mail.readbasic"}

    async def walk(person: Person) -> None:
        await signed_in(person, oauth, ADDRESS)
        await person.fail()
        assert person.wizard.current.cards[0].diagnosis.problem == "not_connected"
        person.clicks = 0
        await person.press("改用 Graph 收信")
        oauth.granted = everything
        await sign_in(person, oauth)
        account = await kept(person)
        assert person.clicks == 1
        assert len(pages) == 2
        assert {end.protocol for end in account.settings.endpoints()} == {Protocol.GRAPH}

    servers = Exchange(off={Protocol.IMAP: NOT_CONNECTED})
    use(tmp_path, languages, walk, servers=servers, oauth=oauth, preset=PRESET)


def test_the_wrong_cloud_is_left_for_the_one_that_microsoft_names(tmp_path, languages):
    oauth = ScriptedOAuth()
    wrong = refused("AADSTS90038", "INVALID_REQUEST")
    seen = replace(
        wrong.evidence,
        reply="AADSTS90038: Tenant request is being redirected to the National Cloud "
        "'partner.microsoftonline.cn'.",
    )

    async def walk(person: Person) -> None:
        person.type(WORK)
        await person.next()
        await person.next()
        await sign_in(person, oauth, type(wrong)(seen))
        await until(lambda: person.wizard.current.card)
        await person.press("换一个云")
        dialog = person.wizard.findChild(QDialog, "cloud_dialog")
        await until(dialog.isVisible)
        assert dialog.findChild(QRadioButton, "cloud_china").isChecked()
        person.click("换到这个云")
        await person.reach(Step.APP)  # the app of an administrator is one of the other cloud
        form = person.wizard.current.form
        assert form.typed_cloud is CloudId.CHINA
        assert person.wizard.draft.settings.incoming.host == "partner.outlook.cn"
        person.click("上一步")

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET, mx=contoso_mx)


def test_words_that_name_no_cloud_name_none(tmp_path, languages):
    async def walk(person: Person) -> None:
        clouds = person.wizard.app.clouds.all
        assert named_in("AADSTS900382: Confidential Client is not supported.", clouds) is None
        assert named_in("… 'MicrosoftOnline.us'", clouds).id is CloudId.GCC_HIGH

    use(tmp_path, languages, walk)


def test_another_identity_is_named_beside_the_mailbox_and_not_proposed_again(
    tmp_path, languages, pages
):
    oauth = ScriptedOAuth(identity="boss@contoso.cn")
    hints = []
    plain = oauth.browser
    oauth.browser = lambda *given, **more: (hints.append(more["hint"]), plain(*given, **more))[1]

    async def walk(person: Person) -> None:
        await signed_in(person, oauth, ADDRESS)
        await person.fail()
        card = person.wizard.current.cards[0]
        said = " ".join(label.text() for label in card.findChildren(QLabel))
        assert card.diagnosis.problem == "signed_in_as_other"
        assert "boss@contoso.cn" in said
        assert ADDRESS in said
        assert oauth.flows[-1].back.is_set()
        oauth.identity = ADDRESS
        servers.off.clear()
        await person.press("重新授权")
        await sign_in(person, oauth)
        await kept(person)
        assert hints == [ADDRESS, ADDRESS]

    servers = Exchange(off={Protocol.IMAP: NOT_CONNECTED})
    use(tmp_path, languages, walk, servers=servers, oauth=oauth, preset=PRESET)


def test_an_administrator_gets_the_switch_and_the_command_in_both_languages(tmp_path, languages):
    oauth = ScriptedOAuth(identity=WORK)

    async def walk(person: Person) -> None:
        await signed_in(person, oauth, WORK)
        await person.fail()
        await person.press("复制给管理员的说明")
        note = QGuiApplication.clipboard().text()
        assert note.index("管理员您好") < note.index("Hello,")
        assert note.count(f"Set-CASMailbox -Identity '{WORK}'") == 2
        assert "SmtpClientAuthenticationDisabled $false" in note
        assert "已复制中文和英文的说明，可以发给管理员。" in person.seen()

    servers = Exchange(off={Protocol.SMTP: SMTP_OFF})
    use(tmp_path, languages, walk, servers=servers, oauth=oauth, preset=PRESET, mx=contoso_mx)


def test_consent_of_an_administrator_comes_with_its_link_and_the_number_small(tmp_path, languages):
    oauth = ScriptedOAuth()

    async def walk(person: Person) -> None:
        person.type(WORK)
        await person.next()
        await person.next()
        await sign_in(person, oauth, refused("AADSTS90094", "CONSENT_REQUIRED"))
        await until(lambda: person.wizard.current.card)
        assert person.wizard.findChild(QLabel, "failure_code").text().endswith("AADSTS90094")
        await person.press("复制给管理员的说明")
        note = QGuiApplication.clipboard().text()
        link = f"https://login.microsoftonline.com/organizations/adminconsent?client_id={CLIENT}"
        assert note.count(link) == 2

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET, mx=contoso_mx)


@pytest.mark.parametrize("right", [True, False])
def test_the_old_sign_in_stays_until_the_new_one_has_passed(tmp_path, languages, right):
    oauth = ScriptedOAuth(identity=ADDRESS)
    servers = Exchange()
    before = []

    async def account(app):
        made = await signed_account(app)
        before.append(await app.accounts.secret(made.id))
        servers.off = {} if right else {Protocol.IMAP: NOT_CONNECTED}
        return made

    async def walk(person: Person) -> None:
        app = person.wizard.app
        await sign_in(person, oauth)
        if right:
            await kept(person)
            assert await app.accounts.secret(person.wizard.saved.id) != before[0]
        else:
            await person.reach(Step.CHECK)
            await person.fail()
            assert "仍然保存" not in [button.accessibleName() for button in person._buttons()]
            [stored] = await app.accounts.all()
            assert await app.accounts.secret(stored.id) == before[0]
        assert person.clicks == 0

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REAUTHORIZE,
        account=account,
        servers=servers,
        oauth=oauth,
        preset=PRESET,
    )


def test_a_stored_password_may_be_left_for_another_way_without_typing_it_again(tmp_path, languages):
    """Re-authorising begins at the password: the ways are one click away."""

    async def walk(person: Person) -> None:
        await person.reach(Step.SECRET)
        person.wizard.current.take(CODE)
        await person.next()
        await person.fail()
        await person.press("改用微软登录")
        await person.reach(Step.SIGN_IN)
        person.click("上一步")
        await person.reach(Step.WAY)
        assert person.wizard.draft.secret.reveal() == CODE

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REAUTHORIZE,
        account=password_account,
        servers=Exchange(),
        oauth=ScriptedOAuth(),
        preset=PRESET,
    )


def test_mending_servers_of_a_signed_in_account_asks_the_browser_when_it_must(
    tmp_path, languages, pages
):
    oauth = ScriptedOAuth(identity=ADDRESS)

    async def walk(person: Person) -> None:
        await person.reach(Step.SERVERS)
        half = person.wizard.current.form.halves[Side.RECEIVE]
        half.protocol.setCurrentIndex(half.protocol.findData(Protocol.GRAPH))
        oauth.fails = [refused()]
        await person.next()
        await person.fail()
        await person.press("重新授权")
        await sign_in(person, oauth)
        account = await kept(person)
        assert account.settings.incoming.protocol is Protocol.GRAPH
        assert len(pages) == 1

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REPAIR,
        account=signed_account,
        servers=Exchange(),
        oauth=oauth,
        preset=PRESET,
    )


def test_a_failure_of_the_app_leads_to_its_form(tmp_path, languages):
    oauth = ScriptedOAuth(identity=ADDRESS)
    gone = Evidence(Stage.SIGN_IN, Fault.REJECTED, codes=("UNAUTHORIZED_CLIENT", "AADSTS700016"))

    async def walk(person: Person) -> None:
        await person.reach(Step.SERVERS)
        oauth.fails = [type(refused())(gone)] * 2
        await person.next()
        await person.fail()
        [card] = person.wizard.current.cards
        assert card.diagnosis.problem == "app_not_found"
        person.click(card.fix.accessibleName())
        await person.reach(Step.APP)

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REPAIR,
        account=signed_account,
        servers=Exchange(),
        oauth=oauth,
        preset=PRESET,
    )


def test_the_steps_of_an_app_s_secret_lead_back_to_its_form(tmp_path, languages):
    oauth = ScriptedOAuth(identity=ADDRESS)

    async def account(app):
        return await signed_account(app, ADDRESS, confidential=True)

    async def walk(person: Person) -> None:
        await sign_in(person, oauth, refused("AADSTS7000222", "INVALID_CLIENT"))
        await until(lambda: person.wizard.current.card)
        assert person.wizard.current.card.diagnosis.problem == "app_secret_expired"
        person.click(person.wizard.current.card.fix.accessibleName())
        dialog = person.wizard.findChild(GuideDialog)
        assert dialog.again.text() == "填写应用信息"
        assert not dialog.check.isVisible()
        dialog.again.click()
        await person.reach(Step.APP)
        assert person.wizard.current.form.client_id.text() == CLIENT

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REAUTHORIZE,
        account=account,
        servers=Exchange(),
        oauth=oauth,
    )


def test_a_pasted_token_that_died_is_asked_for_anew(tmp_path, languages):
    oauth = ScriptedOAuth(identity=ADDRESS)

    async def account(app):
        made = await signed_account(app, ADDRESS)
        settings = replace(made.settings, auth=AuthWay.REFRESH_TOKEN)
        return replace(made, settings=settings)

    async def walk(person: Person) -> None:
        await person.reach(Step.SERVERS)
        oauth.fails = [refused()] * 2
        await person.next()
        await person.fail()
        await person.press("重新授权")
        await person.reach(Step.APP)

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REPAIR,
        account=account,
        servers=Exchange(),
        oauth=oauth,
        preset=PRESET,
    )


def test_an_account_deleted_elsewhere_is_added_anew_with_the_app_that_was_typed(
    tmp_path, languages
):
    oauth = ScriptedOAuth(identity=ADDRESS)
    made = []

    async def account(app):
        made.append(await signed_account(app, ADDRESS))
        return made[0]

    async def walk(person: Person) -> None:
        await person.reach(Step.SERVERS)
        await person.wizard.app.accounts.remove(made[0].id)
        await person.next()
        await person.press("重新添加")
        await person.reach(Step.ADDRESS)
        assert person.wizard.draft.sign_in.client_id == CLIENT

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REPAIR,
        account=account,
        servers=Exchange(),
        oauth=oauth,
        preset=PRESET,
    )
