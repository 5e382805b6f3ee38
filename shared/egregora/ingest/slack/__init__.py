"""Slack's workspace exports, a zip or a folder, and those that slackdump writes in the same layout.

users.json   channels.json   groups.json   dms.json   mpims.json       who and what there is, beside the channels
CHANNEL/2025-01-10.json                                                one file a day, in a folder a channel
"""

from egregora.ingest.slack.reader import Slack

__all__ = ["Slack"]
