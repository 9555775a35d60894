"""问微所需: what owners ask, what is known already, and what they are asked in turn."""
