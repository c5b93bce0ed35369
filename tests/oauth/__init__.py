"""Microsoft sign-in."""
