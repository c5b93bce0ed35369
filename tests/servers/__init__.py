"""Real mail servers, names, keychain and desktop for the tests; each cleans up after itself."""
