"""Refresh tokens from elsewhere."""

from __future__ import annotations

import pytest

from laifaxin_desktop.model.microsoft import CloudId, Permission, SignIn
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret
from tests.servers.entra.cast import PERSON, WORKER

from .knocking import knock
from .signing import MIXED, Bench, kept, seen

OUTLOOK, GRAPH = "https://outlook.office.com", "https://graph.microsoft.com"
ALL_OF_IT = (
    f"{OUTLOOK}/IMAP.AccessAsUser.All {OUTLOOK}/POP.AccessAsUser.All {OUTLOOK}/SMTP.Send "
    f"{GRAPH}/Mail.Send {GRAPH}/Mail.ReadBasic"
)
WANTED = (Permission.IMAP, Permission.SMTP, Permission.GRAPH_SEND)


@pytest.mark.parametrize("login", [PERSON, WORKER])
def test_redeemed_rotated_and_used(bench: Bench, login: str) -> None:
    bench.entra.state.strict_rotation = True
    token = bench.refresh_token(login, ALL_OF_IT)

    async def main() -> None:
        given = await bench.microsoft.redeem(bench.app(), WANTED, token)
        assert given.sign_in.identity == login
        assert given.sign_in.granted == (
            "imap.accessasuser.all",
            "mail.readbasic",
            "mail.send",
            "pop.accessasuser.all",
            "smtp.send",
        )
        assert bench.entra.state.tokens.refresh[token.reveal()].state == "replaced"
        assert token.reveal() not in given.secret.reveal()
        for permission in WANTED:
            given = kept(given, await bench.access(given, permission, force=True))

    knock(main())
    for each in bench.entra.seen("token"):
        assert len({scope.rpartition("/")[0] for scope in each.values["scope"].split()} - {""}) == 1


@pytest.mark.parametrize(
    ("agreed", "granted"),
    [
        (f"{OUTLOOK}/IMAP.AccessAsUser.All", ("imap.accessasuser.all",)),
        (f"{OUTLOOK}/SMTP.Send", ("smtp.send",)),
        (f"{GRAPH}/Mail.Send", ("mail.send",)),
        (f"{GRAPH}/Mail.Send {OUTLOOK}/SMTP.Send", ("mail.send", "smtp.send")),
    ],
)
def test_as_much_as_it_allows(bench: Bench, agreed: str, granted: tuple[str, ...]) -> None:
    bench.entra.state.strict_rotation = True
    token = bench.refresh_token(PERSON, agreed)

    async def main() -> None:
        given = await bench.microsoft.redeem(bench.app(), WANTED, token)
        assert given.sign_in.granted == granted
        cloud = bench.clouds.cloud(CloudId.WORLDWIDE)
        for permission in WANTED:
            if given.sign_in.allows(cloud, permission):
                given = kept(given, await bench.access(given, permission, force=True))
                continue
            with pytest.raises(MailError) as caught:
                await bench.access(given, permission)
            assert (seen(caught).fault, seen(caught).detail) == (Fault.UNGRANTED, permission)

    knock(main())


def test_one_that_allows_nothing_of_it(bench: Bench) -> None:
    token = bench.refresh_token(PERSON, f"{GRAPH}/User.Read")

    async def main() -> None:
        with pytest.raises(MailError) as caught:
            await bench.microsoft.redeem(bench.app(), WANTED, token)
        assert (seen(caught).fault, seen(caught).codes) == (
            Fault.REJECTED,
            ("INVALID_GRANT", "AADSTS65001", "CONSENT_REQUIRED"),
        )

    knock(main())


def test_of_another_app_dead_or_nonsense(bench: Bench) -> None:
    token = bench.refresh_token(PERSON, ALL_OF_IT)
    other = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
    bench.entra.register_app(other)

    async def codes(given: Secret, sign_in: SignIn) -> tuple[str, ...]:
        with pytest.raises(MailError) as caught:
            await bench.microsoft.redeem(sign_in, MIXED, given)
        assert seen(caught).fault is Fault.REJECTED
        assert given.reveal() not in seen(caught).reply
        return seen(caught).codes

    async def main() -> None:
        foreign = await codes(token, SignIn(other))
        assert foreign == ("INVALID_GRANT", "AADSTS70000", "BAD_TOKEN")
        unknown = await codes(token, SignIn(other.replace("a", "f")))
        assert unknown == ("UNAUTHORIZED_CLIENT", "AADSTS700016")
        nonsense = await codes(Secret("not-a-token" * 10), bench.app())
        assert nonsense == ("INVALID_GRANT", "AADSTS70000", "BAD_TOKEN")
        bench.entra.revoke(bench.entra.user(PERSON))
        before = len(bench.entra.seen("token"))
        revoked = await codes(token, bench.app())
        assert revoked == ("INVALID_GRANT", "AADSTS50173", "BAD_TOKEN")
        assert len(bench.entra.seen("token")) == before + 1  # not tried in other words

    knock(main())


def test_for_an_app_with_a_secret(bench: Bench) -> None:
    value = "abc8Q~dEf.ghIjKlMnOpQrStUvWxYz0123456_-~"
    own = "0d1f3c55-9a0b-4c67-8e7d-2f4f5a6b7c8d"
    app = bench.entra.register_app(own, platform="web", secret=value)
    user = bench.entra.user(WORKER)
    user.consents[own] = {(GRAPH, "Mail.Send")}
    token = Secret(bench.entra.state.tokens.new_refresh(user, app, "web"))

    async def main() -> None:
        given = await bench.microsoft.redeem(
            SignIn(own), (Permission.GRAPH_SEND,), token, client_secret=Secret(value)
        )
        assert given.sign_in.confidential
        await bench.access(given, Permission.GRAPH_SEND, force=True)

    knock(main())


def test_an_answer_without_a_new_one_keeps_the_old(bench: Bench) -> None:
    """RFC 6749 section 6 leaves rotation to the server."""
    token = bench.refresh_token(PERSON, ALL_OF_IT)
    answer = {
        "token_type": "bearer",
        "access_token": "x" * 80,
        "expires_in": "3600",
        "scope": f"{OUTLOOK}/IMAP.AccessAsUser.All",
        "client_info": "eyJ1aWQiOiAiMSIsICJ1dGlkIjogIjIifQ",
    }
    bench.entra.fail_next("token", status=200, body=answer)

    async def main() -> None:
        given = await bench.microsoft.redeem(bench.app(), (Permission.IMAP,), token)
        assert token.reveal() in given.secret.reveal()
        assert given.sign_in.identity == ""
        await bench.access(given, force=True)

    knock(main())
