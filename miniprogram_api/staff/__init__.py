"""The console's sign-in, and who of the bureau may do what."""
