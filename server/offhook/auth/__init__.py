"""Authentication and grants."""
