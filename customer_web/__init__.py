"""The customer's portal: what each page shows, and how it is written."""
