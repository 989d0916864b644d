"""How and where it runs: command line, configuration, sources, storage and the stages' graphs."""

import logging

# Beam logs at import, by the root logger, which clouds' packages are not installed. With a handler
# there, logging does not set one up that prints it.
logging.getLogger().addHandler(logging.NullHandler())
