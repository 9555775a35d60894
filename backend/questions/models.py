"""Tables of asking, all used by plain SQL; articles and surveys have models of their own."""

TABLES = (
    "knowledge_votes",
    "knowledge_corrections",
    "knowledge_gap_reports",
    "knowledge_gaps",
    "similar_texts",
    "similar_grams",
    "questions",
    "question_photos",
    "question_publications",
    "question_follows",
    "question_bars",
    "survey_answers",
    "survey_invited",
    "survey_results",
    "survey_needs",
)
