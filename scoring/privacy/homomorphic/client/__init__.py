"""The client's part: it makes keys, encrypts rows and decrypts outputs. The secret key stays."""
