"""TwiML, its webhooks and its words."""
