"""Named lists of acts: kept in versions, previewed, used on one case or many, taken back."""
