"""What may stand on the command line; never a secret."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from laifaxin_desktop import __version__
from laifaxin_desktop.cli.usage import formatter, name_headings
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.address import Address, AddressError, ascii_host
from laifaxin_desktop.model.provider import USUAL_PORTS, Endpoint, Protocol, Security
from laifaxin_desktop.model.text import Language, Text

_RECEIVE = (Protocol.IMAP, Protocol.POP3, Protocol.GRAPH)
_SEND = (Protocol.SMTP, Protocol.GRAPH)


class UsageError(Exception):
    """The options do not fit together."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage.strip()


class InputError(Exception):
    """A value cannot be what it should be; `text` says so in both languages.

    `problem` names it for programs: the sentence's key in resources/words.toml.
    """

    def __init__(self, words: Words, problem: str, **places: Text | str) -> None:
        self.problem, self.text = problem, words(problem).fill(places)
        super().__init__(self.text.en)


class AttentionError(InputError):
    """Nothing is wrong with the input, but the command could not do its work."""


class _FromStdin(argparse.Action):
    """A secret to be read from standard input; `secrets` names them in the order given."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=False, **more)

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *rest: object
    ) -> None:
        """Note it once."""
        name = self.dest.removesuffix("_stdin")
        named = getattr(namespace, "secrets", [])
        namespace.secrets = [*named, *({name} - set(named))]
        setattr(namespace, self.dest, True)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise instead of ending the process, so that one place decides what is printed."""
        raise UsageError(message, self.format_usage())


def language_of(words: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language asked for by --lang, else the system's."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        if word == "--lang":
            return Language.of(following)
        if word.startswith("--lang="):
            return Language.of(word.removeprefix("--lang="))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return Language.of(environment[name])
    return Language.EN


def parser(words: Words, language: Language) -> argparse.ArgumentParser:
    """The commands and options of the contract."""

    def say(key: str) -> str:
        return words(f"cli.{key}").say(language)

    def standing(*, before: bool) -> _Parser:
        # Where one is not given after the command, the one before it counts.
        made = _Parser(add_help=False, argument_default=None if before else argparse.SUPPRESS)
        off: Any = False if before else argparse.SUPPRESS
        made.add_argument("--json", action="store_true", default=off, help=say("json"))
        made.add_argument("--lang", choices=[str(lang) for lang in Language], help=say("lang"))
        made.add_argument("--debug", action="store_true", default=off, help=say("debug"))
        made.add_argument(
            "--vault-password-stdin", action="store_true", default=off, help=say("vault_password")
        )
        return made

    shared = standing(before=False)
    servers = _Parser(add_help=False)
    for protocol in (Protocol.IMAP, Protocol.POP3, Protocol.SMTP):
        servers.add_argument(f"--{protocol}", metavar="HOST:PORT/SECURITY", help=say("server"))
    servers.add_argument("--username", default="", help=say("username"))
    servers.add_argument("--password-stdin", action=_FromStdin, help=say("password_stdin"))
    way = _Parser(add_help=False)
    way.add_argument("--proxy", metavar="URL|system|none", help=say("option_proxy"))
    way.add_argument("--proxy-password-stdin", action=_FromStdin, help=say("option_proxy_password"))
    servers.add_argument(
        "--trust-certificate",
        metavar="SHA256|none",
        action="append",
        default=[],
        help=say("option_trust"),
    )
    servers.add_argument("--explain", action="store_true", help=say("explain"))

    pages = formatter(say("usage_is"))
    whole = _Parser(
        prog="laifaxin",
        description=say("what"),
        parents=[standing(before=True)],
        formatter_class=pages,
    )
    whole.add_argument("--version", action="version", version=f"laifaxin {__version__}")
    name_headings(whole, say)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, *parents: _Parser) -> _Parser:
        text = say(f"command_{name.replace('-', '_')}")
        made = commands.add_parser(
            name, help=text, description=text, parents=[shared, *parents], formatter_class=pages
        )
        name_headings(made, say)
        return made

    discover = command("discover")
    discover.add_argument("address", metavar="ADDRESS")
    discover.add_argument("--offline", action="store_true", help=say("offline"))
    discover.add_argument("--explain", action="store_true", help=say("explain"))

    check = command("check", servers, way)
    check.add_argument("address", metavar="ADDRESS", nargs="?")
    check.add_argument("--stored", action="store_true", help=say("stored"))
    check.add_argument("--all", action="store_true", help=say("all"))

    add = command("add", servers, way)
    add.add_argument("address", metavar="ADDRESS")
    add.add_argument("--keep", action="store_true", help=say("keep"))

    sign_in = command("sign-in", way)
    sign_in.add_argument("address", metavar="ADDRESS")
    for name, metavar in (
        ("client_id", "GUID"),
        ("tenant", "NAME"),
        ("cloud", "CLOUD"),
        ("redirect_uri", "URL"),
    ):
        option = f"--{name.replace('_', '-')}"
        sign_in.add_argument(option, metavar=metavar, default="", help=say(f"option_{name}"))
    sign_in.add_argument("--client-secret-stdin", action=_FromStdin, help=say("client_secret"))
    how = sign_in.add_mutually_exclusive_group()
    how.add_argument("--device-code", action="store_true", help=say("device_code"))
    how.add_argument("--refresh-token-stdin", action=_FromStdin, help=say("refresh_token"))
    for name, protocols in (("receive", _RECEIVE), ("send", _SEND)):
        words_of = [str(protocol) for protocol in protocols]
        sign_in.add_argument(f"--{name}", choices=words_of, help=say(f"option_{name}"))
    sign_in.add_argument("--explain", action="store_true", help=say("explain"))
    sign_in.add_argument("--keep", action="store_true", help=say("keep"))

    command("accounts")
    for name in ("remove", "pause", "resume"):
        command(name).add_argument("address", metavar="ADDRESS")

    providers = command("providers")
    providers.add_argument("id", metavar="ID", nargs="?", help=say("provider_id"))
    providers.add_argument("--example", action="store_true", help=say("example"))
    return whole


def address_of(typed: str, words: Words) -> Address:
    """The address on the command line.

    :raises InputError: with the sentence that says what is wrong
    """
    try:
        return Address.parse(typed)
    except AddressError as error:
        raise InputError(words, f"address.{error.fault}") from error


def endpoint_of(protocol: Protocol, typed: str, words: Words) -> Endpoint:
    """A server given as HOST:PORT/SECURITY; port and security may be left out.

    :raises InputError: with the sentence that says what is wrong
    """
    wrong = InputError(words, "cli.bad_server", typed=typed[:80])
    if "://" in typed or "@" in typed:
        raise wrong
    place, _, security_word = typed.partition("/")
    host, colon, port_word = place.rpartition(":")
    if not colon:
        host, port_word = place, ""
    ports = {
        port: security
        for (p, security), port in reversed(USUAL_PORTS.items())
        if p is protocol and security is not Security.PLAIN
    }
    if security_word and security_word not in set(Security):
        if security_word.isalpha():
            raise InputError(words, "cli.bad_security", typed=security_word[:80])
        raise wrong
    if port_word and not (port_word.isdecimal() and 0 < int(port_word[:9]) < 65536):
        raise InputError(words, "cli.bad_port", typed=port_word[:80])
    try:
        if security_word:
            security = Security(security_word)
        else:
            security = ports.get(int(port_word or 0), Security.TLS)
        port = int(port_word) if port_word else USUAL_PORTS[protocol, security]
        name = host.strip("[]") if host.startswith("[") else ascii_host(host)
    except (ValueError, AddressError) as error:
        raise wrong from error
    if not name:
        raise wrong
    return Endpoint(protocol, name, port, security)
