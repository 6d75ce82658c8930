"""The listener between the network and the application: every size, rate and time is bounded."""
