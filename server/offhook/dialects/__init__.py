"""The vendors' formats, one package each. Pure."""
