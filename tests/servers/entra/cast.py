"""Who is there when a test begins: a registration in each cloud, and the people of the world."""

from __future__ import annotations

from .clouds import CHINA, CLOUDS, DOD, GCC_HIGH
from .server import Entra

# One public client in each cloud; GCC High and DoD share a door, and a registration.
CLIENT_ID = "5f1c0b52-3d0e-4a53-9f0a-0c6a51d3a7e1"
CLIENT_IDS = {
    "global": CLIENT_ID,
    "gcc_high": "7e0b8a1d-91f4-4c1b-8a55-3b1f6f2f9c02",
    "dod": "7e0b8a1d-91f4-4c1b-8a55-3b1f6f2f9c02",
    "china": "c91c3d77-05c8-4b0e-b7a7-6e0d9be4f203",
}
PERSON = "someone@outlook.com"  # personal
WORKER = "wang@corp.example"  # work, worldwide
SHARED = "info@corp.example"  # the worker's team
AGENT = "gao@agency.example"  # GCC High
SOLDIER = "lin@unit.example"  # DoD
CUSTOMER = "zhao@kehu.example"  # 21Vianet
EVERYBODY = (PERSON, WORKER, SHARED, AGENT, SOLDIER, CUSTOMER)


def populate(entra: Entra) -> None:
    """Begin anew with all of them."""
    entra.reset()
    for cloud in CLOUDS:
        entra.register_app(CLIENT_IDS[cloud.name], cloud=cloud)
    entra.add_user(PERSON, personal=True)
    worker = entra.add_user(WORKER)
    entra.add_shared_mailbox(SHARED, members=[worker])
    entra.add_user(AGENT, cloud=GCC_HIGH)
    entra.add_user(SOLDIER, cloud=DOD)
    entra.add_user(CUSTOMER, cloud=CHINA)
