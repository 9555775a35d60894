"""The door of queue and clock: jobs that wake-ups and schedules start, each a thin call into the backend."""
