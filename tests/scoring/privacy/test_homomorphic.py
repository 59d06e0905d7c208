"""Encrypted outputs are those of the estimator, and bytes that are not right are refused."""

import random
from functools import cache

import numpy as np
import pytest
import tenseal
import tenseal.sealapi as seal

from scoring.privacy.homomorphic import evaluation_keys
from scoring.privacy.homomorphic.batch import BatchEvaluator
from scoring.privacy.homomorphic.client.keys import ClientKeys, NewKeys
from scoring.privacy.homomorphic.contexts import context_of, require_safe
from scoring.privacy.homomorphic.error_test import ErrorTest, InexactError, measured, require_exact
from scoring.privacy.homomorphic.errors import (
    HomomorphicError,
    MalformedError,
    SecretKeyError,
    TooLargeError,
    UnsafeParametersError,
)
from scoring.privacy.homomorphic.estimator import dump_estimator, parse_estimator
from scoring.privacy.homomorphic.evaluator import PackedEvaluator
from scoring.privacy.homomorphic.limits import MAX_KEY_BYTES, MAX_REQUEST_BYTES
from scoring.privacy.homomorphic.packing import Packing
from scoring.privacy.homomorphic.parameters import (
    PUBLISHED,
    Parameters,
    in_batches,
    published,
)
from scoring.privacy.homomorphic.seal_bytes import to_bytes
from tests.scoring.privacy.builders import network, rows

ONE_APPLICANT = ["linear-4096", "one-hidden-8192", "two-hidden-16384"]


@cache
def keys_of(name: str, *, for_batches: bool = False) -> NewKeys:
    return ClientKeys.make(published(name), for_batches=for_batches)


@cache
def evaluation_of(name: str) -> evaluation_keys.EvaluationKeys:
    return evaluation_keys.loaded(keys_of(name).evaluation)


@cache
def evaluator_of(name: str) -> PackedEvaluator:
    return PackedEvaluator(network(name)[0], published(name))


@pytest.mark.parametrize("name", ["one-hidden-8192", "two-hidden-16384"])
def test_folding_keeps_the_network(name: str) -> None:
    estimator, layers = network(name)
    values = inputs = rows(50)
    for number, layer in enumerate(layers):
        values = values @ layer.weights.T + layer.bias
        if number < len(layers) - 1:
            values = 0.1 * values**2 + values
    np.testing.assert_allclose(estimator.plain_outputs(inputs), values[:, 0], atol=1e-12)


def test_a_estimator_is_what_its_file_says() -> None:
    estimator, _ = network("one-hidden-8192")
    again = parse_estimator(dump_estimator(estimator).encode())
    np.testing.assert_array_equal(again.plain_outputs(rows(5)), estimator.plain_outputs(rows(5)))
    assert again.public() == estimator.public()
    assert "layers" not in estimator.public()


@pytest.mark.parametrize("name", ONE_APPLICANT)
def test_an_encrypted_output_is_that_of_the_estimator(name: str) -> None:
    inputs = rows(2)
    plain = network(name)[0].plain_outputs(inputs)
    for values, expected in zip(inputs, plain, strict=True):
        answer = evaluator_of(name).evaluate(
            keys_of(name).client.encrypt(values), evaluation_of(name)
        )
        slots = keys_of(name).client.decrypt_slots(answer)
        assert abs(slots[0] - expected) < 1e-4
        # Every slot is the output or nothing: a hidden value or a weight would be a third.
        is_output, is_empty = np.abs(slots - expected) < 1e-3, np.abs(slots) < 1e-3
        assert np.all(is_output | is_empty)


@pytest.mark.parametrize("name", ["linear-8192", "one-hidden-8192", "two-hidden-8192"])
def test_a_batch_has_one_applicant_a_slot(name: str) -> None:
    estimator, inputs = network(name, inputs=6)[0], rows(4096, 6)
    keys = keys_of(name, for_batches=True)
    evaluator = BatchEvaluator(estimator, published(name))
    answer = evaluator.evaluate(
        keys.client.encrypt_batch(inputs), evaluation_keys.loaded(keys.evaluation)
    )
    outputs = keys.client.decrypt_slots(answer)
    np.testing.assert_allclose(outputs, estimator.plain_outputs(inputs), atol=1e-4)


def test_a_batch_is_refused_with_keys_for_one_applicant() -> None:
    evaluator = BatchEvaluator(network("linear-8192", inputs=2)[0], published("linear-8192"))
    batch = keys_of("linear-8192").client.encrypt_batch(rows(2, 2))
    with pytest.raises(MalformedError, match="These keys are for linear-4096"):
        evaluator.evaluate(batch, evaluation_of("linear-4096"))


def test_one_applicant_is_refused_under_parameters_for_batches() -> None:
    for name in ("linear-8192", "two-hidden-8192"):
        assert not evaluation_of(name).rotating
        with pytest.raises(ValueError, match="does not fit"):
            evaluator_of(name)


def test_every_set_for_one_applicant_has_one_for_batches_of_4096() -> None:
    for name in ONE_APPLICANT:
        parameters = in_batches(published(name))
        assert parameters.slots >= 4096 and parameters.depth == published(name).depth


def test_requests_and_keys_stay_within_their_limits() -> None:
    for name in ONE_APPLICANT:
        assert len(keys_of(name).client.encrypt(rows(1)[0])) < MAX_REQUEST_BYTES / 2
        assert len(keys_of(name).evaluation) < MAX_KEY_BYTES / 2


def test_more_bytes_than_allowed_are_refused() -> None:
    with pytest.raises(TooLargeError):
        evaluator_of("linear-4096").evaluate(
            bytes(MAX_REQUEST_BYTES + 1), evaluation_of("linear-4096")
        )
    with pytest.raises(TooLargeError):
        evaluation_keys.parameters_of(bytes(MAX_KEY_BYTES + 1))


def test_a_thousand_spoilt_ciphertexts_are_refused_or_evaluated_and_none_crashes() -> None:
    good = keys_of("linear-4096").client.encrypt(rows(1)[0])
    chance, refused = random.Random(5), 0
    for number in range(1000):
        spoilt = bytearray(good)
        if number % 4 == 0:
            del spoilt[chance.randrange(len(spoilt)) :]
        elif number % 4 == 1:
            spoilt = bytearray(chance.randbytes(chance.randrange(200)))
        else:
            # Half of them in the first 200 bytes, where sizes and names stand.
            for _ in range(1 + number % 5):
                limit = 200 if number % 4 == 2 else len(spoilt)
                spoilt[chance.randrange(limit)] = chance.randrange(256)
        try:
            evaluator_of("linear-4096").evaluate(bytes(spoilt), evaluation_of("linear-4096"))
        except HomomorphicError:
            refused += 1
    assert refused > 900


def test_spoilt_evaluation_keys_are_refused_or_loaded_and_none_crashes() -> None:
    good, chance, refused = keys_of("linear-4096").evaluation, random.Random(6), 0
    for number in range(60):
        spoilt = bytearray(good)
        if number % 2:
            del spoilt[chance.randrange(len(spoilt)) :]
        else:
            spoilt[chance.randrange(200)] ^= 1 + chance.randrange(255)
        try:
            evaluation_keys.loaded(bytes(spoilt))
        except HomomorphicError:
            refused += 1
    assert refused > 40


def test_a_ciphertext_of_other_parameters_or_another_step_is_refused() -> None:
    evaluator, keys = evaluator_of("linear-4096"), evaluation_of("linear-4096")
    with pytest.raises(MalformedError):
        evaluator.evaluate(keys_of("one-hidden-8192").client.encrypt(rows(1)[0]), keys)
    answer = evaluator.evaluate(keys_of("linear-4096").client.encrypt(rows(1)[0]), keys)
    with pytest.raises(MalformedError, match="not as the client encrypts"):
        evaluator.evaluate(answer, keys)


def test_keys_that_lack_a_part_or_are_for_other_parameters_are_refused() -> None:
    row = keys_of("linear-4096").client.encrypt(rows(1)[0])
    with pytest.raises(MalformedError, match="keys are for"):
        evaluator_of("linear-4096").evaluate(row, evaluation_of("one-hidden-8192"))
    none = evaluation_keys.loaded(evaluation_keys.packed("linear-4096", b"", b""))
    with pytest.raises(MalformedError, match="lack a part"):
        evaluator_of("linear-4096").evaluate(row, none)


def test_a_secret_key_is_refused(tmp_path: object) -> None:
    context = tenseal.context(tenseal.SCHEME_TYPE.CKKS, 8192, -1, [60, 40, 60])
    for content in (
        context.serialize(save_secret_key=True),
        evaluation_keys.SECRET_MAGIC + b"linear-4096\n",
    ):
        with pytest.raises(SecretKeyError, match="make new keys"):
            evaluation_keys.loaded(content)
    with pytest.raises(MalformedError):
        evaluation_keys.loaded(context.serialize(save_secret_key=False))


def test_a_secret_key_in_the_place_of_another_is_refused() -> None:
    client = keys_of("linear-4096").client
    secret = to_bytes(client._secret)
    for content in ((secret, b""), (b"", secret)):
        with pytest.raises(MalformedError):
            evaluation_keys.loaded(evaluation_keys.packed("linear-4096", *content))


def test_the_secret_key_stays_in_its_folder(tmp_path) -> None:  # type: ignore[no-untyped-def]
    client = keys_of("linear-4096").client
    client.keep(tmp_path)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        client.keep(tmp_path)
    again = ClientKeys.read(tmp_path)
    answer = evaluator_of("linear-4096").evaluate(
        again.encrypt(rows(1)[0]), evaluation_of("linear-4096")
    )
    assert again.decrypt(answer) == pytest.approx(client.decrypt(answer))
    assert to_bytes(client._secret)[16:] not in keys_of("linear-4096").evaluation


def test_the_list_is_secure_and_nothing_else_is_taken() -> None:
    for parameters in PUBLISHED.values():
        require_safe(parameters)
    with pytest.raises(UnsafeParametersError, match="not in the list"):
        published("fast-and-loose")
    with pytest.raises(UnsafeParametersError, match="scale"):
        ClientKeys.make(Parameters("bad", 4096, (40, 20, 40), 20, (20,), rescales=True))
    with pytest.raises(UnsafeParametersError):
        # 160 bits at degree 4096: about 80-bit security.
        ClientKeys.make(Parameters("weak", 4096, (60, 40, 60), 40, (40,), rescales=True))


def test_the_error_test_catches_secure_parameters_that_round_classes_away() -> None:
    """Degree 4096 at a scale of 2^20 is secure and computes, and is wrong in the third digit."""
    loose = Parameters("loose", 4096, (40, 20, 40), 20, (20,), rescales=True)
    context, packing = context_of(loose), Packing.of(loose)
    generator = seal.KeyGenerator(context)
    client = ClientKeys(loose, generator.secret_key())
    rotating = seal.GaloisKeys()
    elements = [pow(3, step, 2 * loose.degree) for step in packing.all_rotations()]
    generator.create_galois_keys(elements, rotating)
    keys = evaluation_keys.EvaluationKeys(loose, None, rotating)
    estimator, inputs = network("linear-4096")[0], rows(300)
    evaluator = PackedEvaluator(estimator, loose)
    encrypted = [client.decrypt(evaluator.evaluate(client.encrypt(row), keys)) for row in inputs]
    plain = estimator.plain_outputs(inputs)
    bad = plain + np.random.default_rng(1).normal(0, 1, 300) > 0
    with pytest.raises(InexactError, match="probability is off"):
        require_exact(measured(estimator.public(), plain, np.array(encrypted), bad))


def test_the_error_test_passes_exact_outputs_and_names_what_fails() -> None:
    good = ErrorTest(300, 1e-6, 1e-7, 0, 0.78123, 0.78121)
    assert require_exact(good) is good
    bad = ErrorTest(299, 1, 2e-3, 1, 0.7812, 0.7814)
    with pytest.raises(InexactError) as caught:
        require_exact(bad)
    assert str(caught.value).count(";") == 3
