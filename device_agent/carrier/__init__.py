"""What carries picture and sound: the relay's WebSocket always, a data channel once it is proven."""
