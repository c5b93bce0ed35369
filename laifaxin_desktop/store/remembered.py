"""What the window remembers between runs: guide ticks and its own look; holds no account."""

from __future__ import annotations

import json

from .database import Database


class Remembered:
    """Guide progress and small pieces of window state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def guide_done(self, provider: str, guide: str) -> frozenset[str]:
        """The ids of the steps ticked 我已完成."""
        rows = await self._database.rows(
            "SELECT step FROM guide_steps WHERE provider = ? AND guide = ?", provider, guide
        )
        return frozenset(step for (step,) in rows)

    async def set_guide_step(self, provider: str, guide: str, step: str, done: bool) -> None:
        """Tick or untick one step."""
        statement = (
            "INSERT OR IGNORE INTO guide_steps (provider, guide, step) VALUES (?, ?, ?)"
            if done
            else "DELETE FROM guide_steps WHERE provider = ? AND guide = ? AND step = ?"
        )
        await self._database.execute(statement, provider, guide, step)

    async def state(self, key: str) -> object:
        """What was kept under this key: what JSON can say; None when nothing was."""
        rows = await self._database.rows("SELECT value FROM window_state WHERE key = ?", key)
        return json.loads(rows[0][0]) if rows else None

    async def set_state(self, key: str, value: object) -> None:
        """Keep a small value that JSON can say: language, column widths, geometry.

        :raises TypeError: JSON cannot say it
        """
        await self._database.execute(
            """INSERT INTO window_state (key, value) VALUES (?, ?)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
            key,
            json.dumps(value, ensure_ascii=False),
        )
