"""Speaks IMAP, POP3 and SMTP to servers; raises only MailError."""
