"""Who can come when: plans, absences, ways and what is given away already, worked out into slots."""
