"""One consent a bank: signed, read under, taken back, and proven."""
