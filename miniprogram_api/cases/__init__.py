"""Cases over HTTP: owners follow and close their matters, staff handle them."""
