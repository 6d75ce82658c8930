"""One file a verb: its arguments, what it does, how it ends."""
