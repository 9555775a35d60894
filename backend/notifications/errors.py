"""What a capability can do wrong when it tells something: mistakes of ours, found before anything is written."""


class WrongMessage(ValueError):
    """A message does not fit its kind; raised by `tell` before the first row."""
