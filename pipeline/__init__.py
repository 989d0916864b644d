"""How and where it runs: command line, configuration, sources, storage and the stages' graphs."""
