"""The queue and clock door (arq): wakes the backend for work that waits in rows."""
