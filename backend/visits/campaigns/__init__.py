"""Campaigns (批量走访): a round of visits over an audience, spread over visitors and weeks; owners pick their time.

    drafting.draft → freezing.freeze → releasing.release → proposing.sweep (worker) → answering.pick or decline

The list is frozen with its hash; a long one is released by a second person. An enterprise at its ceiling, or visited
not long ago, is left out and listed with the reason. A pick is an ordinary booking.
"""
