"""Products as versioned data, which of them fit a need, and the lot that orders them."""
