"""What was held for staff to look at."""
