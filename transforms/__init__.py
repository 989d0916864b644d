"""What happens to a batch. Pure: Arrow in, Arrow out; no Beam, no I/O, no clock, no globals."""
