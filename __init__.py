"""codemill: from cloned git repositories to training data for code language models."""
