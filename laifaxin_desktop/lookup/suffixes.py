"""Which part of a host name somebody registered, by the public suffix list; asks nobody.

The list comes with the package publicsuffixlist; its private part counts, for whoever rents a name
below github.io is not GitHub.
"""

from __future__ import annotations


def registered(host: str) -> str | None:
    """The registered domain that a host (ASCII, lower case) lies in; None where it has none.

    Reads the list each time, 40 ms in a thread: it is needed once in a search, and keeping it would
    take 2 MiB.
    """
    from publicsuffixlist import PublicSuffixList

    found: str | None = PublicSuffixList().privatesuffix(host)
    return found
