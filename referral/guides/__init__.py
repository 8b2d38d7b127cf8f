"""Guides: a title, a text and chosen services under an address of their own, made by staff."""

# What other parts of the product may import, by module.
INTERFACE = {
    "editing": ("add_guide", "list_guides", "publish_guide"),
    "records": ("GuideContent", "GuideSection"),
}
