"""A server in a process of its own that talks without end: what it costs is the client's alone.

Run as a program: ``python -m tests.mail.flooding FIRST CHUNK [CHAIN KEY]``, the words as Python
bytes literals. It prints its port and floods whoever connects, under TLS where there is a chain.
"""

from __future__ import annotations

import ast
import contextlib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator

from tests.servers.authority import ServerCertificate


@contextlib.contextmanager
def flooding(
    first: bytes, chunk: bytes, certificate: ServerCertificate | None = None
) -> Iterator[int]:
    """The port of one; it ends with the block."""
    files = [str(certificate.chain), str(certificate.key)] if certificate else []
    program = [sys.executable, "-m", "tests.mail.flooding", repr(first), repr(chunk), *files]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def main() -> None:
    """Serve one after the other."""
    first, chunk = map(ast.literal_eval, sys.argv[1:3])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if sys.argv[3:]:
        context.load_cert_chain(*sys.argv[3:])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            raw, _ = listening.accept()
            with raw, contextlib.suppress(OSError):
                if sys.argv[3:]:
                    raw = context.wrap_socket(raw, server_side=True)
                raw.sendall(first)
                while chunk:
                    raw.sendall(chunk)
                raw.recv(65536)


if __name__ == "__main__":
    main()
