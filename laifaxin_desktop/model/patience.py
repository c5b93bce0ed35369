"""How long a server asks to be left alone, read from its own words; guesses nothing."""

from __future__ import annotations

import re

from .problem import Evidence

MOST = 24 * 3600  # seconds; whoever says more may have meant milliseconds

_UNITS = {"s": 1, "秒": 1, "m": 60, "分": 60, "h": 3600, "小": 3600, "时": 3600}
# Graph's Retry-After (RFC 9110 section 10.2.3), as its adapter keeps it in the detail.
_RETRY_AFTER = re.compile(r"retry-after:(\d{1,6})")
_IN_WORDS = (
    # Exchange: "Suggested Backoff Time: 12345 milliseconds"
    re.compile(r"back-?off time:?\s{0,4}(?P<count>\d{1,9})\s{0,4}(?P<unit>milli)seconds", re.I),
    # "try again in 15 minutes", "locked for 30 min", "wait at least 60 seconds"
    re.compile(
        r"\b(?:in|after|for|least|wait)\s{1,4}(?P<count>\d{1,6})\s{0,4}"
        r"(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b",
        re.I,
    ),
    # "请 15 分钟后再试"
    re.compile(r"(?P<count>\d{1,6})\s{0,4}个?(?P<unit>秒|分|小时|时)钟?(?:之?后|以后|内)"),
)


def asked_to_wait(seen: Evidence) -> int:
    """Seconds, rounded up, at most a day; 0 where the server did not say."""
    if found := _RETRY_AFTER.fullmatch(seen.detail):
        return min(int(found[1]), MOST)
    for pattern in _IN_WORDS:
        if said := pattern.search(seen.reply):
            count, unit = int(said["count"]), said["unit"].lower()
            seconds = -(-count // 1000) if unit == "milli" else count * _UNITS[unit[0]]
            return min(seconds, MOST)
    return 0
