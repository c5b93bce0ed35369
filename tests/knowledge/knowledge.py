"""What every test of this folder looks at: the real files, read once, and ready evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from laifaxin_desktop.knowledge.diagnoses import DiagnosisTable
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.problem import Certificate, Evidence, Fault, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security
from tests.knowledge.books import BOOK, RESOURCES

DIALOGUES = Path(__file__).parents[1] / "dialogues"
WORDS = Words.load(RESOURCES / "words.toml")
TABLE = DiagnosisTable.load(RESOURCES / "diagnoses.toml", BOOK, WORDS)

SHOWN = Certificate(
    names=("mail.example.org", "example.org"),
    subject="CN=mail.example.org",
    issuer="Example Company CA",
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2026, 10, 1, tzinfo=UTC),
    sha256="00" * 32,
)
CHAINED = Certificate(
    names=("mail.example.org",),
    subject="CN=mail.example.org",
    issuer="Example Intermediate",
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    sha256="11" * 32,
    issuer_url="http://ca.example/intermediate.crt",
)


def seen(stage: Stage, fault: Fault, **more: object) -> Evidence:
    """Evidence against imap.example.org:993, but for what is said otherwise."""
    known: dict[str, object] = {
        "protocol": Protocol.IMAP,
        "host": "imap.example.org",
        "port": 993,
        "security": Security.TLS,
    }
    return Evidence(stage, fault, **{**known, **more})  # type: ignore[arg-type]


# Faults that no dialogue shows: they come from the network, the certificate or the keychain.
WITHOUT_DIALOGUE: tuple[tuple[str, Evidence], ...] = (
    ("offline", seen(Stage.CONNECT, Fault.OFFLINE)),
    ("offline", seen(Stage.LOOKUP, Fault.OFFLINE)),
    ("host_not_found", seen(Stage.LOOKUP, Fault.NAME_NOT_FOUND)),
    ("lookup_failed", seen(Stage.LOOKUP, Fault.LOOKUP_FAILED)),
    ("lookup_failed", seen(Stage.LOOKUP, Fault.TIMEOUT)),
    ("bad_host_name", seen(Stage.LOOKUP, Fault.BAD_HOST_NAME, host="http://x/")),
    ("connection_refused", seen(Stage.CONNECT, Fault.REFUSED)),
    ("bridge_not_running", seen(Stage.CONNECT, Fault.REFUSED, host="127.0.0.1", port=1143)),
    ("bridge_not_running", seen(Stage.CONNECT, Fault.REFUSED, host="LocalHost", port=1143)),
    ("connection_timeout", seen(Stage.CONNECT, Fault.TIMEOUT)),
    ("port_blocked", seen(Stage.CONNECT, Fault.PORT_BLOCKED)),
    ("network_unreachable", seen(Stage.CONNECT, Fault.UNREACHABLE)),
    ("captive_portal", seen(Stage.GREETING, Fault.CAPTIVE_PORTAL, spoken="http")),
    ("clock_wrong", seen(Stage.TLS, Fault.CLOCK_WRONG, certificate=SHOWN, clock_off=864_000)),
    ("clock_wrong", seen(Stage.SIGN_IN, Fault.CLOCK_WRONG, clock_off=-864_000)),
    ("certificate_changed", seen(Stage.TLS, Fault.CERTIFICATE_CHANGED, certificate=SHOWN)),
    *(
        (problem, seen(Stage.CONNECT, fault, proxy="192.0.2.1:1080"))
        for problem, fault in (
            ("proxy_unreachable", Fault.PROXY_UNREACHABLE),
            ("proxy_login_failed", Fault.PROXY_LOGIN),
            ("proxy_target_failed", Fault.PROXY_TARGET),
            ("proxy_wrong_type", Fault.PROXY_WRONG_TYPE),
        )
    ),
    ("connection_lost", seen(Stage.TLS, Fault.CLOSED)),
    ("tls_wrong_mode", seen(Stage.TLS, Fault.WRONG_MODE, spoken="plain")),
    ("tls_injection", seen(Stage.TLS, Fault.INJECTION)),
    ("starttls_missing", seen(Stage.TLS, Fault.STARTTLS_MISSING, security=Security.STARTTLS)),
    ("certificate_expired", seen(Stage.TLS, Fault.CERTIFICATE_EXPIRED, certificate=SHOWN)),
    (
        "certificate_not_yet_valid",
        seen(Stage.TLS, Fault.CERTIFICATE_NOT_YET_VALID, certificate=SHOWN),
    ),
    ("certificate_wrong_host", seen(Stage.TLS, Fault.CERTIFICATE_WRONG_HOST, certificate=SHOWN)),
    ("certificate_untrusted", seen(Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED, certificate=SHOWN)),
    (
        "certificate_untrusted",
        seen(Stage.TLS, Fault.CERTIFICATE_UNKNOWN_AUTHORITY, certificate=SHOWN),
    ),
    ("certificate_untrusted", seen(Stage.TLS, Fault.CERTIFICATE_UNKNOWN_AUTHORITY)),
    (
        "certificate_incomplete",
        seen(Stage.TLS, Fault.CERTIFICATE_UNKNOWN_AUTHORITY, certificate=CHAINED),
    ),
    ("certificate_unfit", seen(Stage.TLS, Fault.CERTIFICATE_UNFIT, certificate=SHOWN)),
    ("certificate_unfit", seen(Stage.TLS, Fault.CERTIFICATE_REFUSED)),
    ("client_certificate_needed", seen(Stage.TLS, Fault.CLIENT_CERTIFICATE)),
    ("tls_too_old", seen(Stage.TLS, Fault.TLS_VERSION)),
    ("tls_failed", seen(Stage.TLS, Fault.TLS_FAILED)),
    ("server_silent", seen(Stage.TLS, Fault.TIMEOUT)),
    (
        "server_busy",
        seen(Stage.TLS, Fault.REJECTED, codes=("421",), security=Security.STARTTLS),
    ),
    ("unsendable_secret", seen(Stage.LOGIN, Fault.UNSENDABLE, way=AuthWay.PASSWORD)),
    # Microsoft's servers typed in by hand: the host tells what the provider would have told.
    (
        "basic_auth_disabled",
        seen(Stage.LOGIN, Fault.NO_MECHANISM, host="smtp.office365.com", provider="other"),
    ),
    (
        "basic_auth_disabled",
        seen(
            Stage.LOGIN,
            Fault.REJECTED,
            host="outlook.office365.com",
            codes=("NO",),
            reply="NO LOGIN failed.",
            way=AuthWay.PASSWORD,
        ),
    ),
    (
        "basic_auth_disabled",
        seen(Stage.LOGIN, Fault.NO_MECHANISM, host="imap-mail.outlook.com", provider="outlook"),
    ),
    ("no_vault", Evidence(Stage.VAULT, Fault.NO_KEYCHAIN)),
    ("vault_locked", Evidence(Stage.VAULT, Fault.LOCKED)),
    ("vault_locked", Evidence(Stage.VAULT, Fault.TIMEOUT)),
    ("secret_missing", Evidence(Stage.VAULT, Fault.MISSING, way=AuthWay.APP_PASSWORD)),
    ("secret_missing", Evidence(Stage.VAULT, Fault.MISSING, way=AuthWay.MICROSOFT)),
    *(("program_error", Evidence(stage, Fault.BUG)) for stage in Stage),
    *(("unrecognised", Evidence(stage, Fault.UNEXPECTED)) for stage in Stage),
)
