"""The verbs of the program, over given shapes; runs unchanged under any asyncio loop."""
