"""A tiny DNS server that answers from a table: for MX look-ups and host names of the test bed."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

# name -> record type -> values as a zone file writes them, or one of the words below.
Answer = Mapping[str, list[str]] | str
SERVFAIL = "SERVFAIL"
SILENCE = "SILENCE"  # never answered

# Not 127.0.0.1: Linux calls 127.0.0.2 from there, and a Dovecot that is called from another address
# insists on TLS as it would in the world.
LOOPBACK_ADDRESS = "127.0.0.2"
LOOPBACK: Answer = {"A": [LOOPBACK_ADDRESS]}


def _key(name: str) -> str:
    return name.rstrip(".").lower()


class NameServer:
    """Answers on one UDP socket in a thread; what the table lacks does not exist (NXDOMAIN)."""

    def __init__(self, records: Mapping[str, Answer], sock: socket.socket | None = None) -> None:
        if sock is None:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("127.0.0.1", 0))
        self._socket = sock
        self._lock = threading.Lock()
        self._asked: list[tuple[str, str]] = []
        self.replace(records)
        self.port: int = sock.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="nameserver", daemon=True)

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing a socket does not wake the thread that reads it; shutting it down does, although
        # the call itself complains that a datagram socket is not connected.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def replace(self, records: Mapping[str, Answer]) -> None:
        """Answer from these alone from now on."""
        with self._lock:
            self._records = {_key(name): answer for name, answer in records.items()}

    def set(self, name: str, answer: Answer | None) -> None:
        """Change one name; None takes it out of the world."""
        with self._lock:
            if answer is None:
                self._records.pop(_key(name), None)
            else:
                self._records[_key(name)] = answer

    def asked(self) -> list[tuple[str, str]]:
        """The questions so far, as (name, type), in order."""
        with self._lock:
            return list(self._asked)

    def forget(self) -> None:
        """Count questions from here."""
        with self._lock:
            self._asked.clear()

    def _serve(self) -> None:
        while True:
            try:
                packet, peer = self._socket.recvfrom(4096)
                if peer is None:
                    return
                reply = self._reply(packet)
                if reply is not None:
                    self._socket.sendto(reply, peer)
            except dns.exception.DNSException:
                continue  # not a question
            except OSError:
                return

    def _reply(self, packet: bytes) -> bytes | None:
        query = dns.message.from_wire(packet)
        question = query.question[0]
        name = _key(question.name.to_text())
        kind = dns.rdatatype.to_text(question.rdtype)
        with self._lock:
            self._asked.append((name, kind))
            answer = self._records.get(name)
        if answer == SILENCE:
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        if answer is None:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif isinstance(answer, str):
            reply.set_rcode(dns.rcode.from_text(answer))
        elif values := answer.get(kind):
            reply.answer.append(
                dns.rrset.from_text_list(question.name, 60, dns.rdataclass.IN, kind, values)
            )
        return reply.to_wire()
