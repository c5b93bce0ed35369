"""The look-ups against a name server of the tests' own."""
