"""What owners read: the policies that fit, why, one clause by clause, searched and kept."""
