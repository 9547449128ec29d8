"""The customer's account on the device: signing in with a code, registering the product (R43, R44)."""
