"""At the door: signed tickets, scans with and without a network, and who is there."""
