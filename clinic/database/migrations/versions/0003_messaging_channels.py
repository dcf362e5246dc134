"""What messaging channels keep: people's addresses there, and the queues of messages in and out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "channel_contacts",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("external_hash", sa.String(length=64), nullable=False),
        sa.Column("address_encrypted", sa.Text(), nullable=False),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("template_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_encrypted", sa.Text(), nullable=True),
        sa.Column("answered_to", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_channel_contacts_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_channel_contacts"),
        sa.UniqueConstraint("external_hash", name="uq_channel_contacts_external_hash"),
    )
    op.create_index("ix_channel_contacts_due_at", "channel_contacts", ["due_at"], unique=False)
    op.create_table(
        "channel_inbound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("payload_encrypted", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_channel_inbound_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_channel_inbound"),
        sa.UniqueConstraint("receipt", name="uq_channel_inbound_receipt"),
    )
    op.create_index(
        "ix_channel_inbound_conversation_id", "channel_inbound", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_channel_inbound_conversation_id_state",
        "channel_inbound",
        ["conversation_id", "state"],
        unique=False,
    )
    op.create_table(
        "channel_outbound",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("outbound_id", sa.String(length=64), nullable=False),
        sa.Column("payload_encrypted", sa.Text(), nullable=True),
        sa.Column("always", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("provider_hash", sa.String(length=64), nullable=True),
        sa.Column("delivery", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_channel_outbound_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_channel_outbound"),
        sa.UniqueConstraint("outbound_id", name="uq_channel_outbound_outbound_id"),
    )
    op.create_index(
        "ix_channel_outbound_conversation_id", "channel_outbound", ["conversation_id"], unique=False
    )
    op.create_index(
        "ix_channel_outbound_conversation_id_state",
        "channel_outbound",
        ["conversation_id", "state"],
        unique=False,
    )
    op.create_index("ix_channel_outbound_provider_hash", "channel_outbound", ["provider_hash"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("ix_channel_outbound_provider_hash", table_name="channel_outbound")
    op.drop_index("ix_channel_outbound_conversation_id_state", table_name="channel_outbound")
    op.drop_index("ix_channel_outbound_conversation_id", table_name="channel_outbound")
    op.drop_table("channel_outbound")
    op.drop_index("ix_channel_inbound_conversation_id_state", table_name="channel_inbound")
    op.drop_index("ix_channel_inbound_conversation_id", table_name="channel_inbound")
    op.drop_table("channel_inbound")
    op.drop_index("ix_channel_contacts_due_at", table_name="channel_contacts")
    op.drop_table("channel_contacts")
