"""Financing: to the bank under the owner's own consent, offers compared by one published rate, with a second look."""
