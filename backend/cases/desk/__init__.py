"""What staff work through: queues, searches, exports and figures."""
