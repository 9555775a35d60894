"""How a policy comes to be read: written, checked, compared, reviewed, out on its day."""
