"""Who has a case: candidates, the choice and its reason, hand-overs, transfers, leavers."""
