"""The window: everything that knows Qt; refuses to know how mail is spoken or secrets are kept."""
