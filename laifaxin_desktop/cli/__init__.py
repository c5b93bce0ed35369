"""The program without a window: the commands of the contract, for scripts and servers; no Qt.

Exit 0: all normal. 1: something needs attention. 2: wrong usage or input. 3: a bug of ours.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from laifaxin_desktop import log
from laifaxin_desktop.app import Knowledge, open_app
from laifaxin_desktop.cli.arguments import (
    AttentionError,
    InputError,
    UsageError,
    language_of,
    parser,
)
from laifaxin_desktop.cli.commands import COMMANDS
from laifaxin_desktop.cli.output import Output
from laifaxin_desktop.cli.session import Session
from laifaxin_desktop.cli.usage import sentence
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.database import StoreError

OK, ATTENTION, USAGE, BUG = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; never shows a traceback."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    language = language_of(words, os.environ)
    places = Places.find()
    known = Knowledge.load(places)
    out = Output(known.words, known.table, known.book, language, as_json="--json" in words)
    try:
        options = parser(known.words, language).parse_args(words)
        out.as_json = options.json
        log.start(places, debug=options.debug)
        log.began(f"command line, {options.command}")
        for passed_over in known.book.passed_over:
            out.note(passed_over.text(known.words).say(language))
        return asyncio.run(_run(places, known, options, out))
    except UsageError as error:
        out.note(error.usage)
        wrong = sentence(known.words, str(error))
        out.refuse("cli.usage", known.words("cli.usage").fill({"message": wrong}))
        return USAGE
    except InputError as error:
        out.refuse(error.problem, error.text)
        return ATTENTION if isinstance(error, AttentionError) else USAGE
    except StoreError as error:
        key = f"store.{error.kind}"
        logging.getLogger(__name__).warning("the accounts cannot be used: %s", error.kind)
        out.refuse(key, known.words(key).fill({"path": str(error.path)}))
        return ATTENTION
    except (KeyboardInterrupt, BrokenPipeError):
        return ATTENTION
    except Exception:  # the last net: a mistake of ours ends in a sentence and a log entry
        log.failure("the command line broke")
        out.refuse("cli.bug", known.words("cli.bug").fill({"folder": str(places.logs)}))
        return BUG


def no_desktop() -> int:
    """Say that no window can be opened here, and what works instead; the exit status."""
    said = Words.load(Places.find().resources / "words.toml")("cli.no_desktop")
    print(said.say(language_of([], os.environ)), file=sys.stderr)
    return ATTENTION


async def _run(places: Places, known: Knowledge, options: object, out: Output) -> int:
    app = await open_app(places, known, look=False)
    try:
        session = Session(app, options, out)
        return ATTENTION if await COMMANDS[session.options.command](session) else OK
    finally:
        await app.close()
