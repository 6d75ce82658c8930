"""The tables, as both SQLite and PostgreSQL have them."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
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

from offhook.store.spelling import clean

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A date and time in UTC, with its zone in Python on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database: UTC, which SQLite keeps without a zone."""
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of the database: with its zone, whatever the database said."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of bounded length, free of what PostgreSQL cannot keep or compare."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Into the database, be it to keep it or to look for it."""
        del dialect
        return None if value is None else clean(value)


class Prose(Words):
    """Text of any length."""

    impl = Text
    cache_ok = True


_JSON: Final = JSON(none_as_null=True)

accounts: Final = Table(
    "accounts",
    METADATA,
    Column("id", Words(20), primary_key=True),
    Column("name", Words(128), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)

keys: Final = Table(
    "api_keys",
    METADATA,
    Column("id", Words(34), primary_key=True),
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", Words(128), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "account", "id"),
)

applications: Final = Table(
    "applications",
    METADATA,
    Column("id", Words(32), primary_key=True),
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", Words(128), nullable=False),
    Column("dialect", Words(16), nullable=False),
    Column("answer_url", Prose, nullable=False),
    Column("answer_method", Words(8), nullable=False),
    Column("fallback_url", Prose, nullable=False),
    Column("fallback_method", Words(8), nullable=False),
    Column("hangup_url", Prose, nullable=False),
    Column("hangup_method", Words(8), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("account", "name"),
)

endpoints: Final = Table(
    "endpoints",
    METADATA,
    Column("id", Words(32), primary_key=True),
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", Words(128), nullable=False, index=True),
    Column("alias", Words(128), nullable=False),
    Column("application", Words(32), ForeignKey("applications.id", ondelete="SET NULL")),
    Column("ha1", LargeBinary, nullable=False),
    Column("ha1_md5", LargeBinary),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("account", "name"),
    Index(None, "application"),
)

numbers: Final = Table(
    "numbers",
    METADATA,
    Column("digits", Words(15), primary_key=True),
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("alias", Words(128), nullable=False),
    Column("application", Words(32), ForeignKey("applications.id", ondelete="SET NULL")),
    Column("created_at", Moment, nullable=False),
    Index(None, "account", "digits"),
    Index(None, "application"),
)

# A call outlives the application that decided on it: no foreign key there.
calls: Final = Table(
    "calls",
    METADATA,
    Column("id", Words(32), primary_key=True),
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("application", Words(32), nullable=False),
    Column("dialect", Words(16), nullable=False),
    Column("direction", Words(16), nullable=False),
    Column("caller", Prose, nullable=False),
    Column("callee", Prose, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("ended_at", Moment, nullable=False),
    Column("cause", Words(32), nullable=False),
    Column("hung_up_by", Words(16), nullable=False, server_default=""),
    Column("dialled_leg", Words(32)),
    Column("dialled_answered", Boolean),
    Column("dialled_cause", Words(32)),
    Column("dialled_by", Words(16)),
    Column("journal", _JSON, nullable=False),
    Index(None, "account", "started_at", "id"),
)

legs: Final = Table(
    "legs",
    METADATA,
    Column("call", Words(32), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("id", Words(32), nullable=False, index=True),
    Column("direction", Words(16), nullable=False),
    Column("peer", Prose, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("ended_at", Moment, nullable=False),
    Column("cause", Words(32), nullable=False),
    Column("ended_by", Words(16), nullable=False),
    Column("media", _JSON),
)

# What a person thinks of a call: one opinion a leg, the last one said.
feedback: Final = Table(
    "feedback",
    METADATA,
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("leg", Words(32), primary_key=True),
    Column("party", Words(256), nullable=False),
    Column("said_at", Moment, nullable=False),
    Column("score", Integer, nullable=False),
    Column("issues", _JSON, nullable=False),
    Column("note", Prose, nullable=False),
    Column("log", _JSON, nullable=False),
)

# What a page measured of a call, some seconds a row: JSON that no question looks into.
samples: Final = Table(
    "samples",
    METADATA,
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("leg", Words(32), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kept_at", Moment, nullable=False, index=True),
    Column("samples", Prose, nullable=False),
)

# One row, written to find out whether anything can be.
probes: Final = Table(
    "probes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("written_at", Moment, nullable=False),
)

# A callback is owed until its server took it (the row goes) or it died (`died_at` is set).
# `due_at` is Unix seconds, so that comparisons do not depend on how a database keeps times. `server`
# is a hash of the URL's host and port, by which callbacks to one web server are told from others.
outbox: Final = Table(
    "outbox",
    METADATA,
    Column("key", Words(64), primary_key=True),
    Column("account", Words(20), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("call", Words(32), nullable=False),
    Column("position", Integer, nullable=False),
    Column("server", Words(16), nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("owed_at", Float(53), nullable=False),
    Column("due_at", Float(53), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("claimed_by", Words(64)),
    Column("died_at", Float(53)),
    Column("reason", Words(256), nullable=False),
    UniqueConstraint("call", "position"),
    Index(None, "died_at", "due_at"),
)
