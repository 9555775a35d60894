"""What WeChat's own servers call."""
