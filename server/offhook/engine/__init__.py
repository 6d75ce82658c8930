"""The media engine; the only package that imports the compiled one."""
