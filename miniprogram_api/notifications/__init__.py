"""What an owner was told, and what he allows to be sent to his phone."""
