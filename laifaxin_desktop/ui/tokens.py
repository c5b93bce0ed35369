"""The colours of both looks: the one file that names any."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme; text on any ground named here has a contrast of at least 4.5:1."""

    ground: str  # of windows
    card: str
    line: str
    selected: str  # also the tint under accent text
    text: str
    secondary: str
    accent: str
    on_accent: str
    ok: str
    action: str
    network: str
    paused: str
    failure: str  # ground of a failure card
    hover: str  # ground under the pointer
    pressed: str
    accent_hover: str
    accent_pressed: str
    edge: str  # border of fields and boxes: 3:1 against the card (WCAG 1.4.11)
    disabled: str  # text of what cannot be used now


LIGHT = Tokens(
    ground="#F7F8FA",
    card="#FFFFFF",
    line="#E3E6EB",
    selected="#EEF3FF",
    text="#1F2329",
    secondary="#5B616B",
    accent="#1F5AE8",
    on_accent="#FFFFFF",
    ok="#14784A",
    action="#B92E27",
    network="#8F5500",
    paused="#686E78",
    failure="#FDECEA",
    hover="#F2F4F7",
    pressed="#E8EBF0",
    accent_hover="#1A4ECC",
    accent_pressed="#1643B0",
    edge="#8A909A",
    disabled="#9BA1AA",
)
DARK = Tokens(
    ground="#1B1D21",
    card="#24272C",
    line="#353A41",
    selected="#2A3142",
    text="#E8EAED",
    secondary="#A3A9B1",
    accent="#7AA5FF",
    on_accent="#10131A",
    ok="#4CC38A",
    action="#FF8A81",
    network="#F0B35A",
    paused="#A0A6AF",
    failure="#40272A",
    hover="#2C3036",
    pressed="#343940",
    accent_hover="#94B7FF",
    accent_pressed="#AEC8FF",
    edge="#767D87",
    disabled="#6C727B",
)
