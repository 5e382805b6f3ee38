"""What a service message says, in words like those the app shows."""

from __future__ import annotations

from egregora.ingest.telegram.rows import Service

_DEEDS = {
    "create_group": "created the group {title}",
    "create_channel": "created the channel {title}",
    "edit_group_title": "changed the group's title to {title}",
    "edit_group_photo": "changed the group's photo",
    "delete_group_photo": "removed the group's photo",
    "invite_members": "invited {members}",
    "remove_members": "removed {members}",
    "join_group_by_link": "joined the group by link",
    "join_group_by_request": "joined the group by request",
    "migrate_to_supergroup": "made this group a supergroup",
    "migrate_from_group": "made the group {title} this supergroup",
    "pin_message": "pinned a message",
    "clear_history": "cleared the history",
    "phone_call": "called",
    "take_screenshot": "took a screenshot",
    "group_call": "started a voice chat",
    "invite_to_group_call": "invited {members} to the voice chat",
    "set_messages_ttl": "set messages to delete themselves",
    "topic_created": "created the topic {title}",
    "topic_edit": "changed the topic {new_title}",
    "boost_apply": "boosted the group",
}


def notice(row: Service) -> str:
    """One sentence; an action that is not known is said in its own words."""
    if row.information_text:
        return row.information_text
    known = _DEEDS.get(row.action, "")
    said = known.format(
        title=f"«{row.title}»" if row.title else "",
        new_title=f"«{row.new_title}»" if row.new_title else "",
        members=", ".join(name or "a deleted account" for name in row.members) or "somebody",
    )
    said = said or row.action.replace("_", " ")
    if row.duration_seconds:
        said += f" ({row.duration_seconds} seconds)"
    elif row.discard_reason:
        said += f" ({row.discard_reason})"
    return " ".join(f"{row.actor or ''} {said}".split())
