"""What the benches measure against: the barest program that does the same, in the same run."""
