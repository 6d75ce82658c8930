"""One file a verb: what was asked, what it does, how it ends."""
