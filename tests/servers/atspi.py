"""Reads and works the accessibility tree; run by the system's Python, driven by JSON lines.

Not imported by the tests: `gi` belongs to the system's Python, not to the virtual environment.
`screen.py` starts it and speaks with it: one request a line, one answer a line.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # type: ignore[import-not-found]  # noqa: E402

Node = Any
Answer = dict[str, Any]
# A table of ten thousand rows offers every cell; nobody waits for that.
MOST_CHILDREN = 300
POLL_SECONDS = 0.05
ACTIONS = ("press", "click", "toggle", "activate", "jump", "select")


class Driver:
    """The elements found so far, and what can be asked about them."""

    def __init__(self) -> None:
        Atspi.init()
        Atspi.set_timeout(3000, 15000)
        self.known: dict[int, Node] = {}

    def answer(self, request: dict[str, Any]) -> Answer:
        """Do what one line asks."""
        work: Callable[..., Answer] = getattr(self, "do_" + request.pop("do"))
        return work(**request)

    def do_find(
        self,
        seconds: float,
        pid: int | None,
        role: str | None,
        name: str | None,
        contains: str | None,
        states: dict[str, bool],
        within: int | None,
    ) -> Answer:
        """Every element that fits; waits until there is one."""
        end = time.monotonic() + seconds
        while True:
            found = []
            for node, _ in self.walk(pid, within, only_showing=states.get("showing", False)):
                if fits(node, role, name, contains, states):
                    # What goes away in the midst of this has not been found.
                    with contextlib.suppress(GLib.Error):
                        found.append(self.describe(node))
            if found or time.monotonic() >= end:
                return {"found": found}
            # A poll: events would need GLib's main loop, and some changes send none.
            time.sleep(POLL_SECONDS)

    def do_gone(self, seconds: float, **wanted: Any) -> Answer:
        """Whether nothing fits any more; waits until nothing does."""
        end = time.monotonic() + seconds
        while True:
            gone = not self.do_find(seconds=0, **wanted)["found"]
            if gone or time.monotonic() >= end:
                return {"gone": gone}
            time.sleep(POLL_SECONDS)  # as above

    def do_tree(self, pid: int | None) -> Answer:
        """All of it, as indented text."""
        lines = []
        for node, depth in self.walk(pid, None):
            try:
                content = content_of(node)
                words = f' "{content}"' if content not in ("", node.get_name()) else ""
                states = " ".join(sorted(states_of(node) & NOTABLE))
                role = node.get_role_name()
                lines.append(f"{'  ' * depth}{role} [{node.get_name()}]{words} {states}".rstrip())
            except GLib.Error as error:
                lines.append(f"{'  ' * depth}({error.message})")
        return {"tree": "\n".join(lines)}

    def do_texts(self, pid: int | None) -> Answer:
        """Every word that shows: names, contents, descriptions."""
        texts = []
        for node, _ in self.walk(pid, None):
            try:
                # An application's description is the path of its program, which nobody sees.
                if "showing" in states_of(node) and node.get_role_name() != "application":
                    texts += [node.get_name(), content_of(node), node.get_description()]
            except GLib.Error:
                continue
        return {"texts": list(dict.fromkeys(text for text in texts if text))}

    def do_state(self, id: int) -> Answer:
        """An element as it is now."""
        node = self.known[id]
        node.clear_cache_single() if hasattr(node, "clear_cache_single") else node.clear_cache()
        area = None
        if component := node.get_component_iface():
            extents = component.get_extents(Atspi.CoordType.SCREEN)
            area = [extents.x, extents.y, extents.width, extents.height]
        return {
            "name": node.get_name(),
            "description": node.get_description(),
            "text": content_of(node),
            "states": sorted(states_of(node)),
            "area": area,
        }

    def do_act(self, id: int) -> Answer:
        """Press, toggle or whatever else the element does; false when it does nothing."""
        action = self.known[id].get_action_iface()
        if action is None:
            return {"done": False}
        names = [action.get_action_name(at).lower() for at in range(action.get_n_actions())]
        for wanted in ACTIONS:
            if wanted in names:
                return {"done": action.do_action(names.index(wanted))}
        return {"done": False, "actions": names}

    def do_write(self, id: int, text: str) -> Answer:
        """Replace the text of a field; false when it cannot be written in this way."""
        editable = self.known[id].get_editable_text_iface()
        return {"done": editable is not None and editable.set_text_contents(text)}

    def do_focus(self, id: int) -> Answer:
        """Give it the keyboard."""
        component = self.known[id].get_component_iface()
        return {"done": component is not None and component.grab_focus()}

    def describe(self, node: Node) -> Answer:
        """What a client keeps of an element."""
        number = len(self.known) + 1
        said = {"id": number, "role": node.get_role_name(), "name": node.get_name()}
        self.known[number] = node
        return said

    def walk(
        self, pid: int | None, within: int | None, *, only_showing: bool = False
    ) -> Iterator[tuple[Node, int]]:
        """The elements of one program (of all), parents first, with their depth."""
        if within is not None:
            yield from descend(self.known[within], 0, only_showing)
            return
        desktop = Atspi.get_desktop(0)
        desktop.clear_cache()
        for at in range(desktop.get_child_count()):
            try:
                application = desktop.get_child_at_index(at)
                wanted = pid is None or application.get_process_id() == pid
            except GLib.Error:
                continue
            if application is not None and wanted:
                # What it remembers is old: without a main loop no event corrects it.
                application.clear_cache()
                yield from descend(application, 0, only_showing)


# Hidden themselves, they may have something below them that shows: an open menu hangs in a bar.
SEE_THROUGH = {"application", "menu bar", "menu", "menu item", "popup menu"}


def descend(node: Node, depth: int, only_showing: bool) -> Iterator[tuple[Node, int]]:
    """A node and what is below it; with `only_showing` nothing below what is hidden.

    Every element costs several questions, and most of a wizard is pages out of view.
    """
    yield node, depth
    try:
        hidden = only_showing and "showing" not in states_of(node)
        if hidden and node.get_role_name() not in SEE_THROUGH:
            return
        count = min(node.get_child_count(), MOST_CHILDREN)
        children = [node.get_child_at_index(at) for at in range(count)]
    except GLib.Error:
        return  # it went away while we looked
    for child in children:
        if child is not None:
            yield from descend(child, depth + 1, only_showing)


NOTABLE = {"showing", "enabled", "focused", "checked", "selected", "editable", "modal", "active"}


def states_of(node: Node) -> set[str]:
    """The words of its states."""
    return {state.value_nick.replace("_", "-") for state in node.get_state_set().get_states()}


def content_of(node: Node) -> str:
    """The text of a field or label, if it has any beside its name."""
    text = node.get_text_iface()
    return text.get_text(0, -1) if text is not None else ""


def fits(
    node: Node,
    role: str | None,
    name: str | None,
    contains: str | None,
    states: dict[str, bool],
) -> bool:
    """Whether an element is what was asked for."""
    try:
        if role is not None and node.get_role_name() != role:
            return False
        if name is not None and node.get_name() != name:
            return False
        if contains is not None and contains not in node.get_name() + "\n" + content_of(node):
            return False
        there = states_of(node)
    except GLib.Error:
        return False
    return all(wanted == (state in there) for state, wanted in states.items())


def main() -> None:
    """Answer line after line until the client closes."""
    driver = Driver()
    for line in sys.stdin:
        try:
            answer = driver.answer(json.loads(line))
        except GLib.Error as error:
            answer = {"error": error.message}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
