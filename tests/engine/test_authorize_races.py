"""Rotated tokens while checks are cut off, servers change, vaults fail and the program ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from laifaxin_desktop.engine.authorize import Authorizer
from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret
from tests.engine.sign_in import ScriptedOAuth, refused
from tests.engine.test_authorize import ACCOUNT, SIGN_IN, parts


def gate(oauth: ScriptedOAuth) -> asyncio.Event:
    """Renewals wait until it is set."""
    opened = asyncio.Event()
    oauth.pause = lambda: asyncio.ensure_future(opened.wait())  # type: ignore[assignment,return-value]
    return opened


def test_a_renewal_that_nobody_waits_for_keeps_its_turn() -> None:
    """Else the next one would use the same refresh token a second time."""
    oauth, disk, authorizer = parts(strict=True)

    async def main() -> None:
        opened = gate(oauth)
        tokens = authorizer.of_account(ACCOUNT, SIGN_IN)
        first = asyncio.create_task(tokens.access(Permission.IMAP))
        await asyncio.sleep(0.01)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        second = asyncio.create_task(
            authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.IMAP)
        )
        await asyncio.sleep(0.01)
        assert len(oauth.asked) == 1
        opened.set()
        await second
        assert [old for old, _ in disk.renewed[1:]] == [new for _, new in disk.renewed[:-1]]
        assert len(disk.renewed) == 2

    asyncio.run(main())


def test_servers_that_change_meanwhile_do_not_lose_a_rotation() -> None:
    """The secret stays where only the servers are edited, and with it what became of it."""
    oauth, disk, authorizer = parts(strict=True)

    async def main() -> None:
        opened = gate(oauth)
        renewing = asyncio.create_task(
            authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.IMAP)
        )
        await asyncio.sleep(0.01)
        disk.account = replace(ACCOUNT, revision=4)
        opened.set()
        await renewing

    asyncio.run(main())
    assert disk.secret_now.reveal() not in oauth._dead


def test_a_check_of_before_does_not_use_up_the_tokens_of_a_new_sign_in() -> None:
    """It began, waited for its turn, and meanwhile somebody signed in anew."""
    oauth, disk, authorizer = parts(strict=True)
    tokens = authorizer.of_account(ACCOUNT, SIGN_IN)
    disk.account = replace(ACCOUNT, revision=4)
    disk.secret_now = oauth.kept()
    with pytest.raises(MailError) as caught:
        asyncio.run(tokens.access(Permission.IMAP))
    assert caught.value.evidence.detail == "changed_elsewhere"
    assert oauth.asked == []


def test_what_could_not_be_kept_is_kept_later_although_servers_have_changed() -> None:
    oauth, disk, authorizer = parts(strict=True)

    async def main() -> None:
        disk.vault_fails = 1
        with pytest.raises(MailError):
            await authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.IMAP)
        disk.account = changed = replace(ACCOUNT, revision=4)
        await authorizer.of_account(changed, SIGN_IN).access(Permission.IMAP)

    asyncio.run(main())
    assert disk.secret_now.reveal() not in oauth._dead


def test_a_rotation_that_ends_badly_is_kept_all_the_same() -> None:
    """A permission may be missing from the very answer that holds the next refresh token."""
    oauth, disk, authorizer = parts(strict=True)
    oauth.withholds = True
    with pytest.raises(MailError):
        asyncio.run(authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.SMTP))
    assert disk.secret_now.reveal() not in oauth._dead
    # A draft's, too.
    first = oauth.kept()
    draft = authorizer.of_draft(SIGN_IN, first)
    with pytest.raises(MailError):
        asyncio.run(draft.access(Permission.SMTP))
    assert asyncio.run(authorizer.latest(first)).reveal() not in oauth._dead


def test_a_draft_that_could_not_be_stored_is_stored_whole_the_next_time() -> None:
    """The vault was locked: the same draft comes again, with the tokens it began with."""
    oauth, _, authorizer = parts(strict=True)
    first = oauth.kept()

    async def main() -> None:
        draft = authorizer.of_draft(SIGN_IN, first)
        await draft.access(Permission.IMAP)
        await draft.access(Permission.SMTP)
        kept = await authorizer.latest(first)
        assert await authorizer.latest(first) == kept
        assert kept.reveal() not in oauth._dead

    asyncio.run(main())


def test_a_draft_is_finished_without_waiting_for_other_accounts() -> None:
    oauth, _, authorizer = parts()

    async def main() -> None:
        opened = gate(oauth)
        other = asyncio.create_task(authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.IMAP))
        await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            await authorizer.latest(Secret("of a draft"))
        opened.set()
        await other

    asyncio.run(main())


def test_the_end_of_the_program_waits_for_a_rotation_but_not_for_ever() -> None:
    oauth, disk, authorizer = parts(strict=True)

    async def main() -> None:
        opened = gate(oauth)
        check = asyncio.create_task(authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.IMAP))
        await asyncio.sleep(0.01)
        late = asyncio.create_task(authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.SMTP))
        await authorizer.end(0.05)
        assert disk.renewed == []
        asyncio.get_running_loop().call_later(0.05, opened.set)
        await authorizer.end(5)
        await check
        assert len(disk.renewed) == 1
        with pytest.raises(asyncio.CancelledError):
            await late  # its turn came too late: nothing more is begun
        assert len(oauth.asked) == 1

    asyncio.run(main())


def test_others_who_rotate_faster_every_time() -> None:
    oauth, disk, authorizer = parts()

    def pause() -> asyncio.Future[None]:
        disk.secret_now = oauth.kept()
        oauth.fails = [refused()]
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    oauth.pause = pause
    with pytest.raises(MailError) as caught:
        asyncio.run(authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.IMAP))
    assert caught.value.evidence.codes == ("INVALID_GRANT", "AADSTS50173")


def test_a_vault_that_fails_while_a_bad_end_is_kept_says_so() -> None:
    oauth, disk, authorizer = parts(strict=True)
    oauth.withholds, disk.vault_fails = True, 1
    with pytest.raises(MailError) as caught:
        asyncio.run(authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.SMTP))
    assert caught.value.evidence == Evidence(Stage.VAULT, Fault.LOCKED)
    oauth.withholds = False
    asyncio.run(authorizer.of_account(ACCOUNT, SIGN_IN).access(Permission.SMTP))
    assert disk.secret_now.reveal() not in oauth._dead


def test_the_authorizer_is_made_before_any_loop_runs() -> None:
    oauth, disk, _ = parts()
    made = Authorizer(oauth, disk)  # type: ignore[arg-type]
    asyncio.run(made.end(1))


def test_a_draft_checked_again_while_a_renewal_of_before_is_under_way() -> None:
    """Back, and forward again: the first check was cut off, its renewal was not."""
    oauth, _, authorizer = parts(strict=True)
    first = oauth.kept()

    async def main() -> None:
        opened = gate(oauth)
        before = asyncio.create_task(authorizer.of_draft(SIGN_IN, first).access(Permission.IMAP))
        await asyncio.sleep(0.01)
        before.cancel()
        again = asyncio.create_task(authorizer.of_draft(SIGN_IN, first).access(Permission.IMAP))
        await asyncio.sleep(0.01)
        opened.set()
        await again
        assert (await authorizer.latest(first)).reveal() not in oauth._dead
        with pytest.raises(asyncio.CancelledError):
            await before

    asyncio.run(main())
