"""Values only: frozen dataclasses and enums; no IO, no clock, no asyncio, no logging, no Qt."""
