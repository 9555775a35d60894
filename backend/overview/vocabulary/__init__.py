"""The words of each part of the product, gathered by `words.py`."""
