"""HTTP door of the working calendar, for staff."""
