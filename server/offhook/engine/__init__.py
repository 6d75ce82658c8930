"""The media engine, as the rest of the server knows it; the only room that sees the compiled one."""
