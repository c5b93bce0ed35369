"""How long servers ask to be left alone, in the words that they use."""

from __future__ import annotations

import pytest

from laifaxin_desktop.model.patience import MOST, asked_to_wait
from laifaxin_desktop.model.problem import Evidence, Fault, Stage


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        ("BAD Request is throttled. Suggested Backoff Time: 12345 milliseconds", 13),
        ("NO [UNAVAILABLE] Suggested back-off time 500 milliseconds", 1),
        ("535 Too many failures, try again in 15 minutes", 900),
        ("454 4.7.0 locked for 30 min.", 1800),
        ("-ERR [LOGIN-DELAY] wait 60 seconds", 60),
        ("421 Please wait at least 2 hours", 7200),
        ("550 登录过于频繁，请15分钟后再试", 900),
        ("NO 请 2 个小时后重试", 7200),
        ("421 try again in 400 hours", MOST),
        ("451 4.7.0 Temporary server error. Please try again later.", 0),
        ("NO [EXPIRED] your password expires in 30 days", 0),
        ("BAD command took more than 5000 ms in 3 messages", 0),
        ("NO answered in 10 ms", 0),
        ("", 0),
    ],
)
def test_words(reply: str, seconds: int) -> None:
    assert asked_to_wait(Evidence(Stage.LOGIN, Fault.REJECTED, reply=reply)) == seconds


def test_retry_after() -> None:
    for detail, seconds in (
        ("retry-after:120", 120),
        ("retry-after:999999", MOST),
        ("retry-after:", 0),
        ("claims:retry-after:9", 0),
    ):
        assert asked_to_wait(Evidence(Stage.LOGIN, Fault.REJECTED, detail=detail)) == seconds


def test_a_reply_made_to_be_slow() -> None:
    """Every repetition is bounded: a server's words cannot hold the loop."""
    for part in ("in ", "for 1", "backoff time: ", "wait   ", "1 个"):
        asked_to_wait(Evidence(Stage.LOGIN, Fault.REJECTED, reply=(part * 300)[:300]))
