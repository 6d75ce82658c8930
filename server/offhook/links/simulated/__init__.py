"""A simulated carrier: telephone numbers that behave as a table says, for development without a trunk."""
