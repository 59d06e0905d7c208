"""A branch's own process: takes tasks from its SuperNode and answers them with sums.

``python -m scoring.training.federated.flower_branch FOLDER --runtime HOST:PORT``. Flower would run
the code that the server sends along; this process runs the branch's own code instead, whatever was
sent, and keeps the rows in memory between rounds. Needs Flower 1.42, whose Runtime API it speaks.
"""

import argparse
import json
import logging
import time
from pathlib import Path

import httpx
from flwr.app import ArrayRecord, Message, RecordDict
from flwr.app.error import Error
from flwr.common.constant import ErrorCode, SubStatus
from flwr.proto.runtime_pb2 import AcquireTaskRequest
from flwr.supercore.constant import TaskType
from flwr.supercore.interceptors import RuntimeTokenHttpInterceptor, RuntimeVersionHttpInterceptor
from flwr.supercore.retry import make_simple_http_retry_invoker
from flwr.supercore.runtime import RuntimeHttpClient
from flwr.supernode.runtime.run_clientapp import pull_task_input, push_message, push_task_output

from scoring.training.federated.agreement import AgreementError
from scoring.training.federated.branch import Branch, open_branch

logger = logging.getLogger(__name__)
POLL_S = 0.2


def reply(branch: Branch, message: Message) -> Message:
    """Return the answer to a message; what the agreement does not allow gets an error."""
    try:
        request = json.loads(str(message.content["request"]["json"]))
        answer = ArrayRecord([branch.answer(request)])
        return Message(content=RecordDict({"sum": answer}), reply_to=message)
    except AgreementError as error:
        reason = str(error)
    except (ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, ValueError):
        # Words of numpy may hold the number of rows: they stay in the branch's own log.
        logger.exception("a request could not be answered")
        reason = "the request cannot be read"
    logger.warning("refused: %s", reason)
    wrong = Error(code=ErrorCode.CLIENT_APP_RAISED_EXCEPTION, reason=reason)
    return Message(wrong, reply_to=message)


def serve(branch: Branch, address: str) -> None:
    """Answer task after task, for ever."""
    waiting = _client(address, RuntimeVersionHttpInterceptor(component_name="SuperExec"))
    wanted = AcquireTaskRequest(supported_task_types=[TaskType.CLIENT_APP])
    while True:
        found = waiting.AcquireTask(wanted)
        if found.HasField("task") and found.token:
            _do_task(branch, address, found.token)
        else:
            time.sleep(POLL_S)


def _do_task(branch: Branch, address: str, token: str) -> None:
    client = _client(
        address,
        RuntimeVersionHttpInterceptor(component_name="flwr-clientapp"),
        RuntimeTokenHttpInterceptor(token),
    )
    try:
        message, context, _, _ = pull_task_input(client)
        answer = reply(branch, message)
        push_message(client, answer, context)
        status = SubStatus.FAILED if answer.has_error() else SubStatus.COMPLETED
        push_task_output(client=client, context=context, sub_status=status, details="")
    except httpx.HTTPError as error:
        logger.warning("a task was lost: %s", error)
    finally:
        client.close()


def _client(address: str, *interceptors: object) -> RuntimeHttpClient:
    # The SuperNode is a process of the same branch on the same machine, so there is no TLS here.
    return RuntimeHttpClient.from_server_address(
        server_address=address,
        insecure=True,
        root_certificates=None,
        interceptors=list(interceptors),
        retry_invoker=make_simple_http_retry_invoker(),
    )


def main() -> None:
    """Open the branch's folder and serve."""
    parser = argparse.ArgumentParser(description="Answer for one branch.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runtime", required=True, help="HOST:PORT of the SuperNode's Runtime API")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    try:
        branch = open_branch(options.folder)
    except (AgreementError, OSError, ValueError) as error:
        raise SystemExit(f"{options.folder.name}: {error}") from error
    rows = {part: len(each) for part, each in branch.parts.items()}
    logger.info("%s is open with %s rows", options.folder.name, rows)
    serve(branch, options.runtime)


if __name__ == "__main__":
    main()
