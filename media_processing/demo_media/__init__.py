"""Films and sounds made by code, for the demo and the tests: no real person is in them."""
