"""What is refused, by kind. Messages are for the person or program that sent it."""


class HomomorphicError(Exception):
    """Something that was sent cannot be used. ``code`` names the kind for programs."""

    code = "refused"


class MalformedError(HomomorphicError):
    """Bytes that are no ciphertext or no evaluation keys for these parameters."""

    code = "malformed"


class TooLargeError(HomomorphicError):
    """More bytes than a request or a set of evaluation keys may have."""

    code = "too_large"


class SecretKeyError(HomomorphicError):
    """A secret key was sent to the server. It is not kept, and must not be used again."""

    code = "secret_key"


class UnsafeParametersError(HomomorphicError):
    """Parameters that do not stand in the published list, or are too weak to compute with."""

    code = "unsafe_parameters"


class RowError(HomomorphicError):
    """A row whose values the estimator cannot read."""

    code = "invalid"
