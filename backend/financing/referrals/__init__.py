"""One referral a bank: sent, worked on within its times, offered or refused, looked at again, renewed."""
