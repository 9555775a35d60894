"""The outside world: WeChat, Redis, the queue, SMS; each behind a narrow face of its own."""
