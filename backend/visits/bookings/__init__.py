"""A visit from the first hold to the day: asked for, confirmed, moved, joined, called off."""
