"""Overview: what is read across all capabilities: how the service runs, the words for what it shows."""
