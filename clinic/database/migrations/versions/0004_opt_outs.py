"""Who has ended the messages of a channel, beyond the time for which the conversation is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with those who have ended the messages before it was there."""
    table = op.create_table(
        "channel_opt_outs",
        sa.Column("external_hash", sa.String(length=64), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("external_hash", name="pk_channel_opt_outs"),
    )
    contacts = sa.table(
        "channel_contacts",
        sa.column("external_hash", sa.String()),
        sa.column("opted_out_at", sa.DateTime(timezone=True)),
    )
    op.execute(
        table.insert().from_select(
            ["external_hash", "opted_out_at"],
            sa.select(contacts.c.external_hash, contacts.c.opted_out_at).where(
                contacts.c.opted_out_at.is_not(None)
            ),
        )
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("channel_opt_outs")
