"""From the door on: who was there, minutes in editions, promises, the owner's word, rating."""
