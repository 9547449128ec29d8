"""The customers' portal: reads forms, asks identity and the desk, fills view models of `customer_web`."""
