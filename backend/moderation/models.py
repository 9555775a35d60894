"""Tables, all used by plain SQL."""

TABLES = ("moderation_subjects", "moderation_parts", "moderation_words", "moderation_verdicts")
