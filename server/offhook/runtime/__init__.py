"""The composition root: builds the parts of a server, plugs adapters into ports, starts, drains, stops."""
