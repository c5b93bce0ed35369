"""Accounts, sealed secrets and last reports on disk; keeps nothing in the clear."""
