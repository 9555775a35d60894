"""Banks: their desks and programs, and what they see before any consent."""
