"""What happens next in a call: reception, the script, callbacks."""
