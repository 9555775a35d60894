"""How a case comes in: opened by a module, taken down at the counter, with its files and receipt."""
