"""What Microsoft answers where no mail protocol is spoken: sign-in errors, Graph, and sending.

Sign-in errors are JSON bodies as the platform writes them, read by the program's own reader.
"""

from __future__ import annotations

from typing import Any

from laifaxin_desktop.model.problem import Evidence, Fault, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security
from laifaxin_desktop.oauth.refusal import refused

AUTHORITY = "login.microsoftonline.com"
MAILBOX, OTHER = "someone@example.org", "somebody.else@example.org"

# Every number of the list, and the problem it ends in; sources: entra-docs, "Microsoft Entra
# authentication & authorization error codes" (2026-11).
NUMBERS: dict[str, tuple[int, ...]] = {
    "sign_in_needed": (50058, 50132, 50133, 50173, 70000, 70008, 70043, 700020, 700082, 700084),
    "mfa_needed": (50072, 50074, 50076, 50078, 50079, 50158),
    "consent_needed": (65001,),
    "consent_declined": (65004,),
    "admin_consent_needed": (90094, 90095),
    "app_not_found": (700016,),
    "app_wrong_platform": (50011, 900971, 7000218, 9002326, 9002327),
    "app_secret_wrong": (70002, 7000215),
    "app_secret_expired": (7000222,),
    "app_wrong_audience": (50020, 50194, 90130, 500208, 9002331, 9002332),
    "wrong_cloud": (90038, 900382, 900432),
    "tenant_not_found": (50059, 50128, 90002),
    "user_not_assigned": (50034, 50105),
    "account_locked": (50053,),
    "password_expired": (50055, 50144),
    "account_disabled": (50057,),
    "blocked_by_security_defaults": (530035,),
    "blocked_by_conditional_access": (
        *(50005, 50097, 50129, 50131, 53000, 53001, 53002, 53003, 53011, 530003, 530032),
    ),
    "sign_in_timeout": (70019, 70020),
    "sign_in_error": (
        *(16000, 28000, 28002, 28003, 50013, 50049, 50056, 50089, 50126, 50196, 50199, 54005),
        *(65002, 70001, 70003, 70011, 70012, 70016, 70017, 70018, 90008, 90014, 90019, 90023),
        *(
            90025,
            90027,
            90033,
            90055,
            90072,
            90119,
            90120,
            90121,
            135010,
            500011,
            500021,
            500112,
            500201,
            501481,
        ),
        *(650052, 650053, 650056, 650057, 700022, 700025, 700054, 900144, 1000104, 7000112),
        *(9001023, 9002313),
    ),
}


def body(error: str, number: int = 0, text: str = "No.", suberror: str = "") -> dict[str, Any]:
    """A refusal in the platform's own JSON."""
    described = f"AADSTS{number}: {text}" if number else text
    made: dict[str, Any] = {
        "error": error,
        "error_description": f"{described} Trace ID: 8d0d4e0e-1b1c-4a7a-a7f0-1f2e3d4c5b6a "
        "Correlation ID: 3f9a6a2e-55a1-4a3a-b9b1-0c1d2e3f4a5b Timestamp: 2026-11-20 08:00:00Z",
    }
    if number:
        made["error_codes"] = [number]
    if suberror:
        made["suberror"] = suberror
    return made


# Words and suberrors, without a number or with one that is in no list.
ANSWERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sign_in_needed", body("invalid_grant")),
    ("sign_in_needed", body("interaction_required")),
    ("sign_in_needed", body("login_required")),
    ("sign_in_needed", body("invalid_grant", 70000, "Provided grant is invalid or malformed.")),
    ("sign_in_needed", body("invalid_grant", 50999, suberror="bad_token")),
    ("sign_in_needed", body("invalid_grant", 50999, suberror="token_expired")),
    ("sign_in_needed", body("interaction_required", 50999, suberror="basic_action")),
    ("sign_in_needed", body("interaction_required", 50999, suberror="additional_action")),
    ("password_expired", body("invalid_grant", 50999, suberror="user_password_expired")),
    (
        "blocked_by_conditional_access",
        body("invalid_grant", 50999, suberror="protection_policy_required"),
    ),
    ("consent_needed", body("invalid_grant", 50999, suberror="consent_required")),
    ("consent_needed", body("consent_required")),
    (
        "consent_needed",
        body(
            "invalid_grant",
            70000,
            "The provided value for the 'scope' is not valid. One or more scopes in the request "
            "are unauthorized or expired. The user must first sign in and grant the client "
            "application access to the requested scope.",
        ),
    ),
    ("consent_declined", body("access_denied")),
    ("consent_declined", body("access_denied", text="The user has denied access to the scope.")),
    ("consent_declined", body("authorization_declined")),
    (
        "consent_declined",
        {
            "error": "access_denied",
            "error_subcode": "cancel",
            "error_description": "AADSTS65004: User declined to consent to access the app.",
        },
    ),
    ("sign_in_cancelled", {"error": "access_denied", "error_subcode": "cancel"}),
    ("sign_in_timeout", body("expired_token")),
    (
        "app_wrong_audience",
        body(
            "unauthorized_client",
            text="The client does not exist or is not enabled for consumers. If you are the "
            "application developer, configure a new application through the App Registrations "
            "in the Azure Portal at https://go.microsoft.com/fwlink/?linkid=2083908.",
        ),
    ),
    ("sign_in_error", body("unauthorized_client")),
    ("sign_in_error", body("invalid_client")),
    ("sign_in_error", body("invalid_request")),
    ("sign_in_error", body("invalid_scope")),
    ("sign_in_error", body("invalid_resource")),
    ("sign_in_error", body("invalid_instance")),
    ("sign_in_error", body("unsupported_grant_type")),
    ("sign_in_error", body("unsupported_response_type")),
    ("sign_in_error", body("server_error")),
    ("sign_in_error", body("temporarily_unavailable")),
    ("sign_in_error", body("authorization_pending")),
    ("sign_in_error", body("slow_down")),
    ("sign_in_error", body("bad_verification_code")),
    ("sign_in_error", body("invalid_grant", suberror="client_mismatch")),
    ("sign_in_error", body("invalid_grant", 59999, "Something new.")),
    ("sign_in_error", body("never_seen_before", text="Something new.")),
    ("sign_in_error", {}),
)


def sign_in(fault: Fault, **more: Any) -> Evidence:
    """Something that happened while signing in."""
    return Evidence(Stage.SIGN_IN, fault, host=AUTHORITY, port=443, **more)


NETWORK = (
    *(Fault.NAME_NOT_FOUND, Fault.BAD_HOST_NAME, Fault.LOOKUP_FAILED, Fault.REFUSED),
    *(Fault.UNREACHABLE, Fault.TIMEOUT, Fault.PORT_BLOCKED, Fault.CLOSED),
    *(fault for fault in Fault if fault.startswith(("certificate_", "tls_"))),
    *(Fault.CLIENT_CERTIFICATE, Fault.WRONG_MODE, Fault.NOT_MAIL, Fault.GARBLED),
)

SIGN_IN: tuple[tuple[str, Evidence], ...] = (
    *(
        (problem, refused(body("invalid_grant", number), AUTHORITY))
        for problem, numbers in NUMBERS.items()
        for number in numbers
    ),
    *((problem, refused(answer, AUTHORITY)) for problem, answer in ANSWERS),
    *(("authority_unreachable", sign_in(fault)) for fault in NETWORK),
    ("authority_unreachable", sign_in(Fault.REJECTED, codes=("SERVER_ERROR", "503"))),
    ("throttled", sign_in(Fault.REJECTED, codes=("429",), detail="retry-after:7")),
    ("tenant_not_found", sign_in(Fault.REJECTED, codes=("INVALID_TENANT",))),
    ("sign_in_error", sign_in(Fault.REJECTED, codes=("INVALID_REDIRECT",))),
    ("secret_missing", sign_in(Fault.MISSING)),
    ("offline", sign_in(Fault.OFFLINE)),
    ("missing_permission", sign_in(Fault.UNGRANTED, detail="smtp")),
    ("sign_in_cancelled", sign_in(Fault.CANCELLED)),
    ("sign_in_timeout", sign_in(Fault.WAITED)),
    ("redirect_port_taken", Evidence(Stage.SIGN_IN, Fault.PORT_TAKEN, port=22345)),
    ("signed_in_as_other", sign_in(Fault.REJECTED, mailbox=MAILBOX, identity=OTHER)),
    # Whoever signed in, what the platform says counts.
    (
        "sign_in_needed",
        sign_in(Fault.REJECTED, codes=("INVALID_GRANT",), mailbox=MAILBOX, identity=OTHER),
    ),
    # Other pages, or another person.
    (
        "password_expired",
        sign_in(Fault.REJECTED, codes=("AADSTS50055",), provider="outlook"),
    ),
    (
        "password_expired",
        sign_in(Fault.REJECTED, codes=("AADSTS50144",), provider="m365_21vianet"),
    ),
    (
        "user_not_assigned",
        sign_in(Fault.REJECTED, codes=("AADSTS50034",), provider="outlook"),
    ),
)


def graph(stage: Stage, *codes: str, fault: Fault = Fault.REJECTED, **more: Any) -> Evidence:
    """An answer of Graph, as its probe tells it."""
    return Evidence(
        stage,
        fault,
        protocol=Protocol.GRAPH,
        host="graph.microsoft.com",
        port=443,
        security=Security.TLS,
        codes=codes,
        **{"way": AuthWay.MICROSOFT, **more},
    )


_BY_OTHER: dict[str, Any] = {"mailbox": MAILBOX, "identity": OTHER}
_LOGIN, _MAILBOX, _SEND = Stage.LOGIN, Stage.MAILBOX, Stage.SEND
GRAPH: tuple[tuple[str, Evidence], ...] = (
    ("token_refused", graph(_LOGIN, "401", "INVALIDAUTHENTICATIONTOKEN")),
    ("token_refused", graph(_LOGIN, "401")),
    ("sign_in_needed", graph(_LOGIN, "401", "INVALIDAUTHENTICATIONTOKEN", "INSUFFICIENT_CLAIMS")),
    ("sign_in_needed", graph(_LOGIN, "403", "INSUFFICIENT_CLAIMS", detail="claims:{}")),
    ("throttled", graph(_LOGIN, "429", "APPLICATIONTHROTTLED", detail="retry-after:30")),
    ("throttled", graph(_LOGIN, "429", "TOOMANYREQUESTS")),
    ("graph_unavailable", graph(_LOGIN, "503", "SERVICENOTAVAILABLE", detail="retry-after:300")),
    ("graph_unavailable", graph(_LOGIN, "504")),
    ("mailbox_full", graph(_LOGIN, "507", "ERRORQUOTAEXCEEDED", provider="outlook")),
    ("mailbox_full", graph(_MAILBOX, "507")),
    ("mailbox_full", graph(_SEND, "403", "QUOTALIMITREACHED", provider="m365_21vianet")),
    ("access_denied", graph(_MAILBOX, "403", "ERRORACCESSDENIED")),
    ("access_denied", graph(_LOGIN, "403")),
    ("signed_in_as_other", graph(_MAILBOX, "403", "ERRORACCESSDENIED", **_BY_OTHER)),
    ("signed_in_as_other", graph(_MAILBOX, "404", "ERRORINVALIDUSER", **_BY_OTHER)),
    ("mailbox_unavailable", graph(_MAILBOX, "404", "MAILBOXNOTENABLEDFORRESTAPI")),
    ("mailbox_unavailable", graph(_LOGIN, "404", "REQUEST_RESOURCENOTFOUND")),
    ("mailbox_unavailable", graph(_MAILBOX, "400", "ERRORINVALIDIDMALFORMED")),
    ("send_as_denied", graph(_SEND, "403", "ERRORSENDASDENIED")),
    ("recipient_refused", graph(_SEND, "400", "ERRORINVALIDRECIPIENTS")),
    ("message_too_large", graph(_SEND, "413", "ERRORMESSAGESIZEEXCEEDED")),
    ("program_error", graph(_SEND, "400", "ERRORMIMECONTENTINVALIDBASE64STRING")),
    ("program_error", graph(_SEND, "400", "REQUESTBODYREAD")),
    ("unrecognised", graph(_LOGIN, "405", "BADMETHOD", reply="authenticate failed.")),
    ("garbled_reply", graph(_MAILBOX, "200", fault=Fault.GARBLED)),
    ("not_a_mail_server", graph(_LOGIN, "302", fault=Fault.NOT_MAIL, spoken="http")),
    ("not_a_mail_server", graph(Stage.TLS, fault=Fault.WRONG_PROTOCOL, spoken="imap")),
    ("network_unreachable", graph(Stage.CONNECT, fault=Fault.NAME_NOT_FOUND)),
    ("network_unreachable", graph(Stage.CONNECT, fault=Fault.REFUSED)),
    ("connection_timeout", graph(Stage.CONNECT, fault=Fault.TIMEOUT)),
    ("certificate_wrong_host", graph(Stage.TLS, fault=Fault.CERTIFICATE_WRONG_HOST)),
    ("unsendable_secret", graph(_LOGIN, fault=Fault.UNSENDABLE)),
)


def sending(said: str, *codes: str, **more: Any) -> Evidence:
    """A refusal while a letter was handed in by SMTP."""
    found = codes or tuple(said.split()[:2])
    return Evidence(
        Stage.SEND,
        Fault.REJECTED,
        protocol=Protocol.SMTP,
        host="smtp.example.org",
        port=587,
        security=Security.STARTTLS,
        codes=found,
        reply=said,
        **more,
    )


SENDING: tuple[tuple[str, Evidence], ...] = (
    (
        "send_as_denied",
        sending("550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
    ),
    (
        "send_as_denied",
        sending("554 5.2.252 SendAsDenied; a@example.org not allowed to send as b@example.org"),
    ),
    (
        "send_as_denied",
        sending(
            "554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException."
            "MapiExceptionSendAsDenied; Failed to process message"
        ),
    ),
    (
        "send_quota_reached",
        sending("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    ),
    ("sending_blocked", sending("550 5.1.8 Access denied, bad outbound sender AS(42004)")),
    ("sending_blocked", sending("554 DT:SPM 163 smtp2", "554")),
    ("sender_refused", sending("440 mail from account doesn't conform with authentication", "440")),
    ("sender_refused", sending("553 Mail from must equal authorized user", "553")),
    ("recipient_refused", sending("550 5.1.1 User unknown")),
    ("recipient_refused", sending("552 5.2.2 Mailbox full")),
    ("message_too_large", sending("552 5.3.4 Message size exceeds fixed limit")),
    ("message_too_large", sending("552 Too much mail data", "552")),
    (
        "smtp_auth_disabled_mailbox",
        sending(
            "530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139 Authentication "
            "unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
        ),
    ),
    ("login_refused", sending("530 5.7.57 Client not authenticated to send mail.")),
    (
        "basic_auth_disabled",
        sending("550 5.7.30 Basic authentication is not supported for Client Submission."),
    ),
    (
        "too_many_connections",
        sending("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    ),
    ("throttled", sending("451 4.7.500 Access denied, please try again later")),
    ("server_busy", sending("451 4.7.0 Temporary server error. Please try again later.")),
)
