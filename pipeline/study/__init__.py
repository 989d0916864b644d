"""`codemill study`: what filters do to a build, from its columns alone."""
