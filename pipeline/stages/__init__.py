"""The stages: each reads the parts of the stages before it and writes its own."""
