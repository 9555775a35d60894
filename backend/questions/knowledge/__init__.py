"""The knowledge base: articles in editions, each with what it rests on, and what to do when that changes."""
