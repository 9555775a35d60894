"""WeChat stand-in: a program of its own that speaks WeChat's server protocol for demos, tests and benches."""
