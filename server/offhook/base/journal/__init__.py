"""The entries of a call's journal, as typed values with one schema."""
