"""What Entra says when it refuses: number, OAuth word, text and suberror, in its own JSON shape."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_GRANT, _REQUEST, _CLIENT = "invalid_grant", "invalid_request", "invalid_client"
_AGAIN = "bad_token"

# number: (error, text, suberror). Texts as the platform writes them, {…} filled in by the caller;
# numbers and meanings: learn.microsoft.com/entra/identity-platform/reference-error-codes.
_ROWS: dict[int, tuple[str, str, str]] = {
    28000: (
        _REQUEST,
        "Provided value for the input parameter scope is not valid because it contains more than "
        "one resource. Scope {scope} is not valid.",
        "",
    ),
    28003: (
        _REQUEST,
        "Provided value for the input parameter scope cannot be empty when requesting an access "
        "token using the provided authorization code. Please specify a valid scope.",
        "",
    ),
    50011: (
        _REQUEST,
        "The redirect URI '{redirect}' specified in the request does not match the redirect URIs "
        "configured for the application '{client}'.",
        "",
    ),
    50020: (
        _GRANT,
        "User account '{user}' from identity provider '{provider}' does not exist in tenant "
        "'{tenant}' and cannot access the application '{client}' in that tenant.",
        "",
    ),
    50034: (_GRANT, "The user account {user} does not exist in the {tenant} directory.", ""),
    50049: (_REQUEST, "Unknown or invalid instance.", ""),
    50053: (
        _GRANT,
        "The account is locked, you've tried to sign in too many times with an incorrect user ID "
        "or password.",
        "",
    ),
    50057: (_GRANT, "The user account is disabled.", ""),
    50058: (
        "login_required",
        "A silent sign-in request was sent but no user is signed in.",
        "",
    ),
    50076: (
        _GRANT,
        "Due to a configuration change made by your administrator, or because you moved to a new "
        "location, you must use multi-factor authentication to access '{resource}'.",
        "basic_action",
    ),
    50105: (
        "access_denied",
        "Your administrator has configured the application to block users unless they are "
        "specifically granted ('assigned') access to the application.",
        "",
    ),
    50173: (
        _GRANT,
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. "
        "The user might have changed or reset their password.",
        _AGAIN,
    ),
    50194: (
        _REQUEST,
        "Application '{client}' is not configured as a multi-tenant application. Usage of the "
        "/common endpoint is not supported for such applications created after '10/15/2018'.",
        "",
    ),
    53003: (
        _GRANT,
        "Access has been blocked by Conditional Access policies. The access policy does not "
        "allow token issuance.",
        "message_only",
    ),
    54005: (
        _GRANT,
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or "
        "use an existing refresh token.",
        "",
    ),
    65001: (
        _GRANT,
        "The user or administrator has not consented to use the application with ID '{client}'. "
        "Send an interactive authorization request for this user and resource.",
        "consent_required",
    ),
    65004: ("access_denied", "User declined to consent to access the app.", ""),
    70000: (_GRANT, "Provided grant is invalid or malformed.", _AGAIN),
    70003: ("unsupported_grant_type", "The app requested an unsupported grant type '{grant}'.", ""),
    70008: (_GRANT, "The provided authorization code or refresh token has expired.", _AGAIN),
    70011: (
        "invalid_scope",
        "The provided value for the input parameter 'scope' is not valid. The scope {scope} is "
        "not valid.",
        "",
    ),
    70016: (
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        "",
    ),
    70018: ("bad_verification_code", "Invalid verification code.", ""),
    70020: (
        "expired_token",
        "The provided value for the input parameter 'device_code' is not valid. This device code "
        "has expired.",
        "",
    ),
    70043: (
        _GRANT,
        "The refresh token has expired or is invalid due to sign-in frequency checks by "
        "conditional access.",
        _AGAIN,
    ),
    90002: (
        _REQUEST,
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are "
        "signing into the correct cloud.",
        "",
    ),
    90038: (
        _REQUEST,
        "The specified tenant '{tenant}' belongs to the National Cloud '{cloud}'. Current cloud "
        "instance does not federate with it.",
        "",
    ),
    90094: ("access_denied", "The grant requires admin permission.", ""),
    90095: (
        "access_denied",
        "Admin consent workflow is enabled: a request was sent to the administrator.",
        "",
    ),
    500011: (
        "invalid_resource",
        "The resource principal named {resource} was not found in the tenant named {tenant}.",
        "",
    ),
    500112: (
        _CLIENT,
        "The reply address '{redirect}' does not match the reply address provided when requesting "
        "Authorization code.",
        "",
    ),
    501481: (
        _GRANT,
        "The Code_Verifier does not match the code_challenge supplied in the authorization "
        "request.",
        "",
    ),
    650053: (
        _CLIENT,
        "The application '{client}' asked for scope '{scope}' that doesn't exist on the resource "
        "'{resource}'. Contact the app vendor.",
        "",
    ),
    650057: (
        "invalid_resource",
        "Invalid resource. The client has requested access to a resource which is not listed in "
        "the requested permissions in the client's application registration.",
        "",
    ),
    700016: (
        "unauthorized_client",
        "Application with identifier '{client}' was not found in the directory '{tenant}'.",
        "",
    ),
    700025: (
        _CLIENT,
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        "",
    ),
    700082: (
        _GRANT,
        "The refresh token has expired due to inactivity. The token was issued on {issued} and "
        "was inactive for 90.00:00:00.",
        _AGAIN,
    ),
    900144: (_REQUEST, "The request body must contain the following parameter: '{name}'.", ""),
    900432: (_REQUEST, "Confidential Client is not supported in Cross Cloud request.", ""),
    7000215: (
        _CLIENT,
        "Invalid client secret provided. Ensure the secret being sent in the request is the "
        "client secret value, not the client secret ID, for a secret added to app '{client}'.",
        "",
    ),
    7000218: (
        _CLIENT,
        "The request body must contain the following parameter: 'client_assertion' or "
        "'client_secret'.",
        "",
    ),
    7000222: (_CLIENT, "The provided client secret keys for app '{client}' are expired.", ""),
    9002327: (
        _REQUEST,
        "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via "
        "cross-origin requests.",
        "",
    ),
    9002331: (
        _REQUEST,
        "Application '{client}' is configured for use by Microsoft Account users only. Please use "
        "the /consumers endpoint to serve this request.",
        "",
    ),
    9002332: (
        _REQUEST,
        "Application '{client}' is configured for use by Azure Active Directory users only. "
        "Please do not use the /consumers endpoint to serve this request.",
        "",
    ),
}
_UNAUTHORIZED = frozenset({7000215, 7000218, 7000222, 700025})


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(slots=True, eq=False)
class RefusedError(Exception):
    """A no, by its AADSTS number; what is given here wins over what the table says."""

    number: int
    error: str = ""
    text: str = ""
    suberror: str = ""
    claims: str = ""
    status: int = 0
    words: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, number: int, **words: str) -> RefusedError:
        """From the table; `words` fill the gaps of its text."""
        return cls(number, words=words)

    def __post_init__(self) -> None:
        error, text, suberror = _ROWS.get(self.number, (_GRANT, "A refusal of this test.", ""))
        self.error = self.error or error
        self.text = self.text or text.format_map(_Blank(self.words))
        self.suberror = self.suberror or suberror
        self.status = self.status or (401 if self.number in _UNAUTHORIZED else 400)

    def described(self, correlation: str = "") -> str:
        """`error_description`: the number, the text, and three lines for the support."""
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        return (
            f"AADSTS{self.number}: {self.text} Trace ID: {uuid.uuid4()} "
            f"Correlation ID: {correlation or uuid.uuid4()} Timestamp: {stamp}"
        )

    def body(self, host: str, correlation: str = "") -> dict[str, Any]:
        """The JSON answer."""
        correlation = correlation or str(uuid.uuid4())
        description = self.described(correlation)
        made: dict[str, Any] = {
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": description.rpartition("Timestamp: ")[2],
            "trace_id": description.partition("Trace ID: ")[2].partition(" ")[0],
            "correlation_id": correlation,
            "error_uri": f"https://{host}/error?code={self.number}",
        }
        if self.suberror:
            made["suberror"] = self.suberror
        if self.claims:
            made["claims"] = self.claims
        return made
