"""The people in a conversation: who they are to the pipeline, and what the site calls them.

    reader ──► Protector ──► archive                    names leave the reader only as handles
                  │
                  ├── directives ──► learn ──► People   what a person asked for in the chat
                  └── authors ──────►            │
                                                 └──► DisplayNames ──► site

What cannot be promised: a first name, a nickname or an inflected form of a name in running text is not caught.
"""
