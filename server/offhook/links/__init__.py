"""How an endpoint is reached: one folder for each way, one hub where they meet."""
