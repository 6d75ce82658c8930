"""Says text, with a voice that lives in a process of its own."""
