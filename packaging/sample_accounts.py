"""Accounts for pictures and tests of the window: a life of mailboxes, and nobody's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import settings_of
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SIGNED_IN, CloudId, SignIn
from laifaxin_desktop.model.problem import Certificate, Evidence, Fault, Stage
from laifaxin_desktop.model.provider import Endpoint, Side
from laifaxin_desktop.model.report import Leg, Report, StageResult, stages_of
from laifaxin_desktop.model.secret import Secret

CLIENT = "11111111-2222-3333-4444-555555555555"
GRANTED = ("imap.accessasuser.all", "mail.send", "pop.accessasuser.all", "smtp.send")
_MS = {
    Stage.SIGN_IN: 6,
    Stage.LOOKUP: 12,
    Stage.CONNECT: 31,
    Stage.TLS: 40,
    Stage.GREETING: 9,
    Stage.LOGIN: 210,
    Stage.MAILBOX: 35,
}
_REFUSED = Evidence(
    Stage.LOGIN,
    Fault.REJECTED,
    codes=("NO",),
    reply="Login fail. Account is abnormal, service is not open, password is incorrect,"
    " login frequency limited, or system is busy.",
)
_CERTIFICATE = Certificate(
    ("mail.example.org",),
    "CN=mail.example.org",
    "Example Mail CA",
    datetime(2025, 9, 1, tzinfo=UTC),
    datetime(2026, 9, 1, tzinfo=UTC),
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)

# address, provider, minutes since the check (None: never), paused, what each side met
SAMPLES: tuple[tuple[str, str, int | None, bool, dict[Side, Evidence]], ...] = (
    ("zhang.wei@outlook.com", "outlook", 2, False, {}),
    ("li@qq.com", "qq", 0, False, {Side.RECEIVE: _REFUSED, Side.SEND: _REFUSED}),
    ("chen@163.com", "netease163", 2, False, {}),
    (
        "sales@contoso.cn",
        "m365_global",
        1,
        False,
        {
            Side.SEND: Evidence(
                Stage.LOGIN,
                Fault.REJECTED,
                codes=("535", "5.7.139"),
                reply="535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is"
                " disabled for the Tenant.",
            )
        },
    ),
    ("wang.fang@qq.com", "qq", 5, False, {}),
    (
        "liu@example.org",
        "other",
        12,
        False,
        {
            side: Evidence(
                Stage.TLS,
                Fault.CERTIFICATE_EXPIRED,
                host="mail.example.org",
                certificate=_CERTIFICATE,
            )
            for side in Side
        },
    ),
    (
        "office@example.net",
        "other",
        3,
        False,
        {side: Evidence(Stage.CONNECT, Fault.TIMEOUT, host="mail.example.net") for side in Side},
    ),
    ("support@163.com", "netease163", 58, False, {}),
    ("info@example.org", "other", 60 * 26, True, {}),
    ("new.colleague@outlook.com", "outlook", None, False, {}),
)


async def put_samples(app: App, now: datetime) -> None:
    """Store them; what stands for their secrets is kept in this process only."""
    await app.accounts.vault.use_memory()
    for number, (address, provider_id, minutes, paused, met) in enumerate(SAMPLES):
        account = sample_account(app, f"sample{number}", address, provider_id, now)
        report = None
        if minutes is not None:
            at = now - timedelta(minutes=minutes)
            legs = tuple(
                _leg(app, account, end, met.get(end.side)) for end in account.settings.endpoints()
            )
            report = Report(account.address, at, 1240, legs, account.id)
        await app.accounts.save(account, Secret("sample"), report)
        if paused:
            await app.accounts.set_paused(account.id, True)


def sample_account(
    app: App, account_id: str, address: str, provider_id: str, now: datetime
) -> Account:
    """An account as the wizard would store it."""
    parsed = Address.parse(address)
    provider = app.book.by_id(provider_id) or app.other
    row = provider.ways[0]
    settings = settings_of(provider, row)
    if settings.incoming is None or settings.outgoing is None:
        qq = app.book.by_id("qq")
        assert qq is not None
        settings = settings_of(qq, row)
    if row.way in SIGNED_IN:
        cloud = CloudId(provider.cloud)
        signed = SignIn(CLIENT, cloud, identity=str(parsed), granted=GRANTED)
        settings = replace(settings, sign_in=signed)
    return Account(account_id, parsed, provider.id, settings, now)


def _leg(app: App, account: Account, end: Endpoint, met: Evidence | None) -> Leg:
    stages = []
    signed_in = account.settings.auth in SIGNED_IN
    for number, stage in enumerate(stages_of(end, signed_in=signed_in)):
        failed = met is not None and met.stage is stage
        ms = _MS[stage] + number * 3 + (980 if failed else 0)
        stages.append(StageResult(stage, not failed, ms))
        if failed:
            break
    if met is None:
        return Leg(end, tuple(stages))
    seen = Evidence(
        met.stage,
        met.fault,
        end.protocol,
        met.host or end.host,
        end.port,
        end.security,
        met.codes,
        met.reply,
        certificate=met.certificate,
        provider=account.provider or "",
        way=account.settings.auth,
        shaped=None if signed_in else True,
    )
    return Leg(end, tuple(stages), app.table.diagnose(seen))
