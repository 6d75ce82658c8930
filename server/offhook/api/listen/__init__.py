"""What stands between the network and the application: everything is bounded here."""
