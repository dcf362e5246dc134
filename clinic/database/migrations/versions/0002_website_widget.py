"""What the website widget keeps: feedback, a question's place among others, what a typed answer is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("reply_id", sa.String(length=36), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_feedback_conversation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("conversation_id", "reply_id", name="uq_feedback_conversation_id_reply_id"),
    )
    op.create_index("ix_feedback_conversation_id", "feedback", ["conversation_id"], unique=False)
    op.create_index("ix_feedback_topic", "feedback", ["topic"], unique=False)
    op.add_column("messages", sa.Column("progress_step", sa.Integer(), nullable=True))
    op.add_column("messages", sa.Column("progress_total", sa.Integer(), nullable=True))
    op.add_column("messages", sa.Column("input", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("messages", "input")
    op.drop_column("messages", "progress_total")
    op.drop_column("messages", "progress_step")
    op.drop_index("ix_feedback_topic", table_name="feedback")
    op.drop_index("ix_feedback_conversation_id", table_name="feedback")
    op.drop_table("feedback")
