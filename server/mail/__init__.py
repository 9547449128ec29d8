"""Mails to customers: kept with what they tell of, worded, and sent until they are there."""
