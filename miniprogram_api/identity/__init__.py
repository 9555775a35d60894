"""Signing in, devices, phone, and for which enterprise somebody may act."""
