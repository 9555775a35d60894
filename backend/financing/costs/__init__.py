"""What a loan costs: exact money, terms, cash flows, and the one rate that compares them."""
