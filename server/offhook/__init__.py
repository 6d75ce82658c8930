"""offhook: programmable voice for browsers that anyone can run."""
