"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("external_hash", sa.String(length=128), nullable=True),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_active_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_external_hash", "conversations", ["external_hash"], unique=False)
    op.create_index("ix_conversations_last_active_at", "conversations", ["last_active_at"], unique=False)
    op.create_table(
        "button_tokens",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_button_tokens_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token", name="pk_button_tokens"),
    )
    op.create_index("ix_button_tokens_conversation_id", "button_tokens", ["conversation_id"], unique=False)
    op.create_table(
        "consultation_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("name_encrypted", sa.Text(), nullable=False),
        sa.Column("contact_encrypted", sa.Text(), nullable=False),
        sa.Column("contact_kind", sa.String(length=10), nullable=False),
        sa.Column("preferred_time_encrypted", sa.Text(), nullable=False),
        sa.Column("concern_encrypted", sa.Text(), nullable=False),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_consultation_requests_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_requests"),
        sa.UniqueConstraint(
            "conversation_id", "request_key", name="uq_consultation_requests_conversation_id_request_key"
        ),
        sa.UniqueConstraint("reference", name="uq_consultation_requests_reference"),
    )
    op.create_index(
        "ix_consultation_requests_conversation_id", "consultation_requests", ["conversation_id"], unique=False
    )
    op.create_index("ix_consultation_requests_status", "consultation_requests", ["status"], unique=False)
    op.create_table(
        "disclosures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("condition_key", sa.String(length=64), nullable=False),
        sa.Column("assertion", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_disclosures_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_disclosures"),
    )
    op.create_index("ix_disclosures_conversation_id", "disclosures", ["conversation_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("severity", sa.String(length=20), nullable=True),
        sa.Column("source_title", sa.String(length=200), nullable=True),
        sa.Column("source_reviewed", sa.String(length=10), nullable=True),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("reply_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_messages_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("reply_id", name="uq_messages_reply_id"),
    )
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id"], unique=False)
    op.create_index(
        "ix_messages_conversation_id_client_id", "messages", ["conversation_id", "client_id"], unique=False
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_outbox_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_conversation_id", "outbox", ["conversation_id"], unique=False)
    op.create_index(
        "ix_outbox_done_at_next_attempt_at", "outbox", ["done_at", "next_attempt_at"], unique=False
    )
    op.create_table(
        "receipts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_receipts_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
        sa.UniqueConstraint("conversation_id", "message_id", name="uq_receipts_conversation_id_message_id"),
    )
    op.create_index("ix_receipts_conversation_id", "receipts", ["conversation_id"], unique=False)
    op.create_table(
        "screenings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_screenings_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_screenings"),
    )
    op.create_index("ix_screenings_conversation_id", "screenings", ["conversation_id"], unique=False)
    op.create_table(
        "symptom_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("trend", sa.String(length=10), nullable=True),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_symptom_reports_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_symptom_reports"),
    )
    op.create_index(
        "ix_symptom_reports_conversation_id", "symptom_reports", ["conversation_id"], unique=False
    )
    op.create_table(
        "unanswered_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("suggestions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_unanswered_questions_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_unanswered_questions"),
    )
    op.create_index(
        "ix_unanswered_questions_conversation_id", "unanswered_questions", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_unanswered_questions_created_at", "unanswered_questions", ["created_at"], unique=False
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_unanswered_questions_created_at", table_name="unanswered_questions")
    op.drop_index("ix_unanswered_questions_conversation_id", table_name="unanswered_questions")
    op.drop_table("unanswered_questions")
    op.drop_index("ix_symptom_reports_conversation_id", table_name="symptom_reports")
    op.drop_table("symptom_reports")
    op.drop_index("ix_screenings_conversation_id", table_name="screenings")
    op.drop_table("screenings")
    op.drop_index("ix_receipts_conversation_id", table_name="receipts")
    op.drop_table("receipts")
    op.drop_index("ix_outbox_done_at_next_attempt_at", table_name="outbox")
    op.drop_index("ix_outbox_conversation_id", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_messages_conversation_id_client_id", table_name="messages")
    op.drop_index("ix_messages_conversation_id", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_disclosures_conversation_id", table_name="disclosures")
    op.drop_table("disclosures")
    op.drop_index("ix_consultation_requests_status", table_name="consultation_requests")
    op.drop_index("ix_consultation_requests_conversation_id", table_name="consultation_requests")
    op.drop_table("consultation_requests")
    op.drop_index("ix_button_tokens_conversation_id", table_name="button_tokens")
    op.drop_table("button_tokens")
    op.drop_index("ix_conversations_last_active_at", table_name="conversations")
    op.drop_index("ix_conversations_external_hash", table_name="conversations")
    op.drop_table("conversations")
