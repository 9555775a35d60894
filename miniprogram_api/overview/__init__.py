"""How the service runs and the words of the console, at the staff door."""
