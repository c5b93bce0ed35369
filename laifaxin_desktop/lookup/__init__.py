"""Finds out about servers on the net; raises only MailError."""
