"""The trail at the staff door, for auditors."""
