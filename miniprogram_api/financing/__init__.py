"""Financing over HTTP: owners, the bureau's staff, and banks at a door of their own."""
