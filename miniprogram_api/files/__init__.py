"""Attachments: uploaded by their owner, opened by signed links."""
