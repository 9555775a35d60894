"""Policies over HTTP: owners read what may fit them and why, staff write and release, anybody reads the plain list."""
