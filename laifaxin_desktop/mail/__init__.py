"""Speaks IMAP, POP3, SMTP and Graph to servers; raises only MailError."""
