"""Routes that the vendors' customers know."""
