"""The operator's door: the `wuwei` command, process supervision, backup, and checks of an installation."""
