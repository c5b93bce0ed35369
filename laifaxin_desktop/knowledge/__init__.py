"""What is known of providers, problems and words, read strictly from resources/."""
