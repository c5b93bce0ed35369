"""Reads the system's own proxy settings and their exceptions; asks nobody on the net."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Mapping


async def system_proxies() -> Mapping[str, str]:
    """Addresses by scheme, and under ``no`` the exceptions, as they are just now.

    In a thread: Windows reads its registry, macOS asks a service.
    """
    return await asyncio.to_thread(read_system_proxies)


def read_system_proxies() -> Mapping[str, str]:
    """See `system_proxies`; blocks."""
    from urllib.request import getproxies, getproxies_environment  # brings an HTTP client

    environment = getproxies_environment()
    if any(name != "no" for name in environment):
        return environment  # Python prefers it, and its own exceptions go with it
    found = {**getproxies(), **environment}
    if found and "no" not in found:
        found["no"] = ",".join(_exceptions())
    return found


def _exceptions() -> Iterable[str]:
    """What the system's own settings leave out; `getproxies` does not tell."""
    if sys.platform == "win32":
        import winreg

        place = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, place) as key:
                return str(winreg.QueryValueEx(key, "ProxyOverride")[0]).split(";")
        except OSError:
            return ()
    if sys.platform == "darwin":
        from _scproxy import _get_proxy_settings

        settings = _get_proxy_settings()
        simple = ("<local>",) if settings.get("exclude_simple") else ()
        return (*simple, *(each for each in settings.get("exceptions", ()) if each))
    return ()
