"""Microsoft's sign-in and Graph on this computer: what Entra refuses is refused here too."""

from __future__ import annotations

from .clouds import CHINA, CLOUDS, DOD, GCC_HIGH, GLOBAL, Cloud
from .directory import App, Mailbox, Tenant, User
from .errors import RefusedError
from .routes import Seen
from .server import Entra, listening, run_entra

__all__ = [
    "CHINA",
    "CLOUDS",
    "DOD",
    "GCC_HIGH",
    "GLOBAL",
    "App",
    "Cloud",
    "Entra",
    "Mailbox",
    "RefusedError",
    "Seen",
    "Tenant",
    "User",
    "listening",
    "run_entra",
]
