"""来发信 · 邮箱助手: gets any mail account working, and keeps showing the truth about it."""

__version__ = "0.1.0"
