"""问微所需 over HTTP: questions, what is known already, and surveys."""
