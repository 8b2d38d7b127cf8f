"""Guides: pages for one situation each, with a text and chosen services, written by staff."""

# What other parts of the product may import, by module.
INTERFACE = {
    "editing": ("add_guide", "list_guides", "publish_guide"),
    "records": ("GuideContent", "GuideSection"),
}
