"""What every other folder stands on: settings, clock, ids, errors, states, the database."""
