"""Consents at the owner's door, and the texts for everybody."""
