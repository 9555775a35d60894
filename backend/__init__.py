"""What the service knows and does: no HTTP, no queue library, no framework of either door."""
