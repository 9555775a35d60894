"""What tests stand on: real servers, clean databases, a clock that can be moved."""
