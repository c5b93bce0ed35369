"""A server in a process of its own that talks without end: what it costs is the client's alone.

Run as a program: ``python -m tests.mail.flooding [CHAIN KEY]``; it reads two lines, what to say
first and then without end, as Python's bytes literals. It prints its port and floods whoever
connects, under TLS where there is a chain.
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
    program = [sys.executable, "-m", "tests.mail.flooding", *files]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(f"{first!r}\n{chunk!r}\n")
            process.stdin.flush()
            yield int(process.stdout.readline())
        finally:
            process.kill()


def main() -> None:
    """Serve one after the other."""
    first, chunk = ast.literal_eval(input()), ast.literal_eval(input())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if sys.argv[1:]:
        context.load_cert_chain(*sys.argv[1:])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            raw, _ = listening.accept()
            with raw, contextlib.suppress(OSError):
                if sys.argv[1:]:
                    raw = context.wrap_socket(raw, server_side=True)
                raw.sendall(first)
                while chunk:
                    raw.sendall(chunk)
                raw.recv(65536)


if __name__ == "__main__":
    main()
