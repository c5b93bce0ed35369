"""The wire and the probes against servers that behave, misbehave and attack."""
