"""Files of settings after an accident; the same ones for the same number."""

from __future__ import annotations

import random

from tests.lookup.net import IMAP, SMTP, server_xml, settings_xml

_PIECES = (
    b"<", b">", b"/", b"&", b"&amp;", b"&#0;", b"&x;", b"<!DOCTYPE a>", b"<![CDATA[", b"]]>",
    b"<!--", b"--", b"<?", b"?>", b"\0", b"\xff", b"\xef\xbb\xbf", b"%EMAILADDRESS%", b"localhost",
    b"%EMAIL%", b"http://10.0.0.1/", b"file:///", b"127.0.0.1", b"x" * 3000, b"993", b"plain",
    b"-1", b"1e9", b"\xd9\xa9", b"SSL", b"<incomingServer type='imap'>", b"</hostname>",
    b"<hostname>evil.example</hostname>", b"<clientConfig>", b"</clientConfig>",
    b"<!ENTITY a 'b'>", b"<emailProvider>", b"<xi:include href='file:///etc/passwd'/>",
)  # fmt: skip
_VALUES = (
    "", " ", "%EMAILDOMAIN%", "%EMAIL%EMAILDOMAIN%%", "imap.%EMAILDOMAIN%", "%MX%", "127.0.0.1",
    "[::1]", "localhost", "ａ.example", "a..example", ".", "x" * 300, "a b", "evil.example/x", "0",
    "٩٩٣", "993", "65536", "-1", "1e3", "0x3e1", "993 ", "SSL", "plain", "STARTTLS", "none",
    "%EMAILLOCALPART%", "%EMAILADDRESS%\u202e", "\u0430\u043f.example", "&#10;", "http://a.example",
)  # fmt: skip


def mangled(seed: int) -> bytes:
    """A file of settings after an accident: of its values, or of its bytes."""
    dice = random.Random(seed)
    by_value = dice.random() < 0.5
    servers = []
    for at in range(dice.choice((1, 2, 2, 2, 200))):
        values = [f"h{at}.corp.example", "993", "SSL", "%EMAILADDRESS%"]
        if by_value and dice.random() < 0.7:
            values[dice.randrange(4)] = dice.choice(_VALUES)
        servers.append(server_xml(dice.choice((IMAP, SMTP)), *values))
    body = bytearray(settings_xml(*servers))
    for _ in range(0 if by_value else dice.randint(1, 12)):
        at = dice.randrange(len(body))
        match dice.randrange(5):
            case 0:
                body[at:at] = dice.choice(_PIECES)
            case 1:
                del body[at : at + dice.randint(1, 60)]
            case 2:
                body[at] = dice.randrange(256)
            case 3:
                body[at:at] = body[at : at + dice.randint(1, 200)]
            case _:
                body[at : dice.randrange(len(body))] = dice.choice(_PIECES)
    return bytes(body)
