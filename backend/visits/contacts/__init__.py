"""Visits in the ledger of contacts: counted, planned, denied, signed for, exported."""
