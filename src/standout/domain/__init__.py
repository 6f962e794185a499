"""What the service keeps: records, and the ports through which it keeps them."""
