"""The HTTP door (Sanic): turns requests into calls of the backend and answers into JSON."""
