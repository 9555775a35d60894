"""Cases that belong together: merged into one, split into several, told of each other."""
