"""The only msal import: one app at one authority; everything here blocks and runs in a thread.

Importing msal and making its application (it asks for the tenant's endpoints) happen with the
first errand. Every failure leaves as MailError without a chain: what msal and requests raise
quotes requests, and they hold tokens.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from laifaxin_desktop.model.microsoft import Cloud, SignIn, segment
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import Route

from .deadlines import Deadlines
from .documents import Documents
from .network import unreachable
from .refusal import refused
from .scopes import Resource
from .stored import Json, Stored, target_of
from .thread import Dial, Sockets

if TYPE_CHECKING:
    from .session import Proxies

T = TypeVar("T")
_OPENID = frozenset({"openid", "profile", "email", "offline_access"})


@dataclass(frozen=True, slots=True)
class Reach:
    """How the sign-in service is reached."""

    context: ssl.SSLContext
    documents: Documents
    deadlines: Deadlines
    dial: Dial
    proxies: Proxies | None = None  # the system's; None: the environment's
    route: Route | None = None  # None: as the system's settings say


class Token:
    """An access token and what came with it; mute."""

    def __init__(self, result: Mapping[str, Any], granted: str) -> None:
        self.text: str = result["access_token"]
        self.granted = frozenset(map(segment, granted.split())) - _OPENID
        self.seconds: int = int(result.get("expires_in") or 0)
        self.fresh: bool = result.get("token_source") != "cache"
        self.claims: Json = result.get("id_token_claims") or {}


def host_of(cloud: Cloud) -> str:
    """Where one signs in."""
    return cloud.authority.partition("://")[2].partition("/")[0]


class Client:
    """An app at the authority of one tenant, with the tokens of one account."""

    def __init__(
        self,
        reach: Reach,
        cloud: Cloud,
        sign_in: SignIn,
        app_secret: str,
        stored: Stored | None = None,
    ) -> None:
        self.host = host_of(cloud)
        self.sockets = Sockets()
        self._reach, self._cloud, self._sign_in = reach, cloud, sign_in
        self.app_secret = app_secret
        self._stored = stored
        self._app: Any = None
        self._session: Any = None

    @property
    def changed(self) -> bool:
        """Whether the tokens are others than in the beginning."""
        return self._app is not None and bool(self._app.token_cache.has_state_changed)

    def cache(self) -> str:
        """The tokens, serialized by msal."""
        return str(self._app.token_cache.serialize())

    def begin_browser(self, scopes: Resource, redirect: str, state: str, hint: str) -> Json:
        """The flow of a sign-in in the browser; its `auth_uri` is the page to open.

        :param scopes: of all resources: what consent is asked for
        """
        asking = {"login_hint": hint} if hint else {"prompt": "select_account"}
        return self._errand(
            lambda app: app.initiate_auth_code_flow(
                list(scopes), redirect_uri=redirect, state=state,
                response_mode="form_post",  # keeps the code out of the browser's history
                **asking,
            )
        )  # fmt: skip

    def finish_browser(self, flow: Json, fields: Mapping[str, str], scopes: Resource) -> Token:
        """Hand the code in for a token of one resource."""
        known = {name: fields[name] for name in ("code", "state") if name in fields}
        return self._token(
            scopes, lambda app: app.acquire_token_by_auth_code_flow(flow, known, list(scopes))
        )

    def begin_device(self, scopes: Resource) -> Json:
        """A device code: `user_code`, `verification_uri`, `interval`, `expires_in`."""
        return self._accepted(self._errand(lambda app: app.initiate_device_flow(list(scopes))))

    def ask_after_device(self, flow: Json, scopes: Resource) -> Token | None:
        """Ask once whether somebody has typed the code; None: not yet (`flow` knows how soon)."""
        flow["latest_attempt_at"] = 0  # our own clock keeps the interval

        def once(app: Any) -> Json:
            found: Json = app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
            return found

        result = self._errand(once)
        if result.get("error") in ("authorization_pending", "slow_down"):
            return None
        return self._token(scopes, lambda app: result)

    def redeem(self, refresh_token: str, scopes: Resource) -> Token:
        """Take over a refresh token from elsewhere."""
        return self._token(
            scopes, lambda app: app.acquire_token_by_refresh_token(refresh_token, list(scopes))
        )

    def silent(self, scopes: Resource, *, force: bool = False, claims: str = "") -> Token:
        """A token from the cache, or for the refresh token.

        :raises MailError: fault missing when there is neither
        """

        def ask(app: Any) -> Json | None:
            for account in app.get_accounts()[:1]:
                found: Json | None = app.acquire_token_silent_with_error(
                    list(scopes), account, force_refresh=force, claims_challenge=claims or None
                )
                return found
            return None

        return self._token(scopes, ask)

    def _token(self, scopes: Resource, ask: Callable[[Any], Json | None]) -> Token:
        result = self._accepted(self._errand(ask))
        granted = result.get("scope")
        if granted is None and result.get("token_source") == "cache":
            granted = target_of(self._text(), result["access_token"])
        return Token(result, granted or " ".join(scopes))

    def _text(self) -> str:
        """The cache without losing its memory of being changed."""
        changed = self.changed
        text = self.cache()
        self._app.token_cache.has_state_changed = changed
        return text

    def _accepted(self, result: Json | None) -> Json:
        if result is None:
            raise MailError(Evidence(Stage.SIGN_IN, Fault.MISSING, host=self.host))
        if "error" in result:
            raise MailError(refused(result, self.host))
        return result

    def _errand(self, ask: Callable[[Any], T]) -> T:
        seen = None
        try:
            return ask(self._opened())
        except MailError as error:  # of the proxy
            seen = error.evidence
        except OSError as error:  # every exception of requests is one
            seen = getattr(error, "evidence", None) or unreachable(error, self.host)
        except (ValueError, RuntimeError, LookupError, TypeError) as error:
            detail = type(error).__name__
            seen = Evidence(Stage.SIGN_IN, Fault.GARBLED, host=self.host, port=443, detail=detail)
        finally:
            if self._session is not None:
                self._session.close()
        raise MailError(seen)  # here, where no exception hangs on to it

    def _opened(self) -> Any:
        if self._app is None:
            import msal

            from .session import Session

            logging.getLogger("msal").setLevel(logging.WARNING)
            cache = msal.SerializableTokenCache()
            cache.deserialize(self._stored.text if self._stored else None)
            reach = self._reach
            self._session = Session(
                self._cloud.authority, reach.context, self.sockets, reach.documents,
                reach.deadlines, reach.dial, reach.proxies, reach.route,
            )  # fmt: skip
            more: dict[str, Any] = {
                "authority": f"{self._cloud.authority}/{self._sign_in.tenant}",
                "http_client": self._session,
                "token_cache": cache,
                "instance_discovery": False,  # no other host is asked which hosts there are
                "azure_region": False,  # nor does MSAL_FORCE_REGION name one
            }
            if self.app_secret:
                more["client_credential"] = self.app_secret
                self._app = msal.ConfidentialClientApplication(self._sign_in.client_id, **more)
            else:
                self._app = msal.PublicClientApplication(self._sign_in.client_id, **more)
        return self._app
