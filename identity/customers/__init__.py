"""Customers' accounts, apart from staff: nothing of a customer's opens anything of a technician's."""
