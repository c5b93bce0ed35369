"""Has a proxy told its password by one connection first, whoever wants to get through.

Many at once with a wrong one would be many wrong tries, and a company locks the account behind it
after a few. Keeps no password: a digest tells them apart.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from laifaxin_desktop.engine.ports import Observe
from laifaxin_desktop.model.account import Capabilities
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint
from laifaxin_desktop.model.report import StageResult
from laifaxin_desktop.model.route import Proxy
from laifaxin_desktop.model.secret import Secret

_HOLDS = 10.0  # seconds for which a refusal is everybody's; whoever clicks later is served anew
_PATIENCE = 3.0  # seconds: a proxy that is slow to answer one must not hold up all
_MOST = 64  # proxies and passwords that are remembered

Ask = Callable[[Observe], Awaitable[Capabilities]]


class Gates:
    """One gate for each proxy and password."""

    def __init__(self) -> None:
        self._gates: dict[tuple[Proxy, bytes], Gate] = {}

    def of(self, proxy: Proxy, secret: Secret) -> Gate:
        """The gate of this proxy for whoever knows this password."""
        word = secret.reveal().encode("utf-8", "surrogatepass")
        key = proxy, hashlib.sha256(word).digest()
        while key not in self._gates and len(self._gates) >= _MOST:
            del self._gates[next(iter(self._gates))]
        return self._gates.setdefault(key, Gate())


class Gate:
    """One at a time goes through, until the proxy has let somebody in."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._passed = False
        self._refusal: Evidence | None = None
        self._until = 0.0  # by the loop's clock

    async def through(self, at: Endpoint, ask: Ask, observe: Observe) -> Capabilities:
        """Ask when it is one's turn; where another has just been refused nothing is said.

        :raises MailError:
        """
        waiting = not self._passed and await self._wait()

        def let_on() -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                self._turn.release()

        def see(result: StageResult) -> None:
            if result.ok and result.stage is Stage.CONNECT:
                self._passed = True
                let_on()
            observe(result)

        try:
            if self._passed:
                let_on()
            elif self._refusal is not None and asyncio.get_running_loop().time() < self._until:
                observe(StageResult(Stage.CONNECT, ok=False, ms=0))
                raise MailError(_of(self._refusal, at))
            return await ask(see)
        except MailError as error:
            if error.evidence.fault is Fault.PROXY_LOGIN:
                self._passed, self._refusal = False, error.evidence
                self._until = asyncio.get_running_loop().time() + _HOLDS
            elif error.evidence.fault is Fault.PROXY_TARGET:  # it was let in, and no further
                self._passed = True
            raise
        finally:
            let_on()

    async def _wait(self) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._turn.acquire()
        except TimeoutError:
            return False
        return True


def _of(seen: Evidence, at: Endpoint) -> Evidence:
    return replace(seen, protocol=at.protocol, host=at.host, port=at.port, security=at.security)
