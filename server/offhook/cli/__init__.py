"""The command line: `offhook serve` and everything that is set up beside it."""
