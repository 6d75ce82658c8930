"""The domain: legs, calls, and the small machines that join them. Pure."""
