"""The tables, as both SQLite and PostgreSQL have them."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import DateTime, TypeDecorator

from offhook.store.serialization import clean

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A date and time in UTC, with its zone in Python on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database: UTC, which SQLite keeps without a zone."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database: always in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanString(TypeDecorator[str]):
    """Text of bounded length, free of what PostgreSQL cannot keep or compare."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Into the database, as a value or in a condition."""
        del dialect
        return None if value is None else clean(value)


class CleanText(CleanString):
    """Text of any length."""

    impl = Text
    cache_ok = True


_JSON: Final = JSON(none_as_null=True)

accounts: Final = Table(
    "accounts",
    METADATA,
    Column("id", CleanString(20), primary_key=True),
    Column("name", CleanString(128), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

keys: Final = Table(
    "api_keys",
    METADATA,
    Column("id", CleanString(34), primary_key=True),
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", CleanString(128), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "account", "id"),
)

applications: Final = Table(
    "applications",
    METADATA,
    Column("id", CleanString(32), primary_key=True),
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", CleanString(128), nullable=False),
    Column("dialect", CleanString(16), nullable=False),
    Column("answer_url", CleanText, nullable=False),
    Column("answer_method", CleanString(8), nullable=False),
    Column("fallback_url", CleanText, nullable=False),
    Column("fallback_method", CleanString(8), nullable=False),
    Column("hangup_url", CleanText, nullable=False),
    Column("hangup_method", CleanString(8), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("account", "name"),
)

endpoints: Final = Table(
    "endpoints",
    METADATA,
    Column("id", CleanString(32), primary_key=True),
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("name", CleanString(128), nullable=False, index=True),
    Column("alias", CleanString(128), nullable=False),
    Column("application", CleanString(32), ForeignKey("applications.id", ondelete="SET NULL")),
    Column("ha1", LargeBinary, nullable=False),
    Column("ha1_md5", LargeBinary),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("account", "name"),
    Index(None, "application"),
)

numbers: Final = Table(
    "numbers",
    METADATA,
    Column("digits", CleanString(15), primary_key=True),
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("alias", CleanString(128), nullable=False),
    Column("application", CleanString(32), ForeignKey("applications.id", ondelete="SET NULL")),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "account", "digits"),
    Index(None, "application"),
)

# A call outlives the application that decided on it: no foreign key there.
calls: Final = Table(
    "calls",
    METADATA,
    Column("id", CleanString(32), primary_key=True),
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("application", CleanString(32), nullable=False),
    Column("dialect", CleanString(16), nullable=False),
    Column("direction", CleanString(16), nullable=False),
    Column("caller", CleanText, nullable=False),
    Column("callee", CleanText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("cause", CleanString(32), nullable=False),
    Column("hung_up_by", CleanString(16), nullable=False, server_default=""),
    Column("dialled_leg", CleanString(32)),
    Column("dialled_answered", Boolean),
    Column("dialled_cause", CleanString(32)),
    Column("dialled_by", CleanString(16)),
    Column("journal", _JSON, nullable=False),
    Index(None, "account", "started_at", "id"),
)

legs: Final = Table(
    "legs",
    METADATA,
    Column("call", CleanString(32), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("id", CleanString(32), nullable=False, index=True),
    Column("direction", CleanString(16), nullable=False),
    Column("peer", CleanText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("cause", CleanString(32), nullable=False),
    Column("ended_by", CleanString(16), nullable=False),
    Column("media", _JSON),
)

# Feedback on calls: one row a leg, the latest.
feedback: Final = Table(
    "feedback",
    METADATA,
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("leg", CleanString(32), primary_key=True),
    Column("party", CleanString(256), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("score", Integer, nullable=False),
    Column("issues", _JSON, nullable=False),
    Column("note", CleanText, nullable=False),
    Column("log", _JSON, nullable=False),
)

# What a page measured of a call, some seconds a row: JSON that no query reads into.
samples: Final = Table(
    "samples",
    METADATA,
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("leg", CleanString(32), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kept_at", UtcDateTime, nullable=False, index=True),
    Column("samples", CleanText, nullable=False),
)

# The sound of a recording is a file of the storage. A recording may be there before its call: no foreign key.
recordings: Final = Table(
    "recordings",
    METADATA,
    Column("id", CleanString(32), primary_key=True),
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("call", CleanString(32), nullable=False),
    Column("conference", CleanString(32)),
    Column("source", CleanString(16), nullable=False),
    Column("dialect", CleanString(16), nullable=False),
    Column("channels", Integer, nullable=False),
    Column("tracks", CleanString(8), nullable=False),
    Column("format", CleanString(8), nullable=False),
    Column("state", CleanString(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("duration_s", Float(53)),
    Column("size_bytes", BigInteger),
    Column("reason", CleanString(256), nullable=False),
    # Encrypted: it names a URL of the account's web server.
    Column("notice", LargeBinary),
    Index(None, "account", "started_at", "id"),
    Index(None, "account", "call"),
    Index(None, "state"),
)

# Data directories that a server used, with the number of its last start on each (`store.node_fence`).
nodes: Final = Table(
    "nodes",
    METADATA,
    Column("id", CleanString(32), primary_key=True),
    Column("start", Integer, nullable=False),
)

# One row, written to find out whether anything can be.
probes: Final = Table(
    "probes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("written_at", UtcDateTime, nullable=False),
)

# A callback is pending until its server accepted it (the row goes) or it is a dead letter (`dead_at` is set).
# `due_at` is Unix seconds, so that comparisons do not depend on how a database keeps times. `server`
# is a hash of the URL's host and port, by which callbacks are grouped by web server.
outbox: Final = Table(
    "outbox",
    METADATA,
    Column("key", CleanString(64), primary_key=True),
    Column(
        "account", CleanString(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("call", CleanString(32), nullable=False),
    Column("position", Integer, nullable=False),
    Column("server", CleanString(16), nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("queued_at", Float(53), nullable=False),
    Column("due_at", Float(53), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("claimed_by", CleanString(64)),
    Column("dead_at", Float(53)),
    Column("reason", CleanString(256), nullable=False),
    UniqueConstraint("call", "position"),
    Index(None, "dead_at", "due_at"),
)
