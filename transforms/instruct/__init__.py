"""Instruction pairs from code: one kind per file, found by being here.

A kind is a module of this package with a class `Pairs`, called by the module's name in a recipe:
made with `seed` and `languages` for a part, called with its batches of WORK_CONTENT, it gives
batches of `chat.PAIRS` and counts in `left_out` what gave none. `InstructPairs` runs the kinds and
makes the tokens.
"""

from codemill.transforms.instruct.make import InstructPairs, PairMaker, kinds

__all__ = ["InstructPairs", "PairMaker", "kinds"]
