"""The API of people, consents and tokens, and what every API view shares."""
