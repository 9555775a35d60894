"""How a case ends: answers that reached their owner, closure, rating, and putting right."""
