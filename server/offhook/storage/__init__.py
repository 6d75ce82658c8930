"""Where files are that outlive calls: the sound of recordings."""
