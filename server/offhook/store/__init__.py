"""What must outlive the process: who is who, what remained of calls, what is still owed."""
