"""The database's history. Each step is plain SQL beside a few lines that hand it to the ORM's migration runner.

SQL, because what matters here (partitions by id, exclusion and partial unique constraints, trigram indexes, revoked
rights) has no words in the ORM's schema language; a test compares the models with the columns that really exist.
"""
