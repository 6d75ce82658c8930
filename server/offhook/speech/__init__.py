"""Speech synthesis, in a process of its own."""
