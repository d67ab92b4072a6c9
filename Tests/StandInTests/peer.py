"""Uses the stand-in as pywa from PyPI, a client of the Cloud API that is not ours, uses Meta's.

usage: peer.py url

Prints a JSON array of what came of each step, in the order below.
"""

import json
import sys

import httpx
from pywa import WhatsApp
from pywa.errors import WhatsAppError
from pywa.types import Button, Section, SectionList, SectionRow

url = sys.argv[1]
session = httpx.Client()
client = WhatsApp(phone_id="106540352242922", token="token", session=session)
session.base_url = f"{url}/v26.0"
contact = "15550100"
photo = b"\x89PNG\r\n\x1a\n a photo"

media = client.upload_media(photo, mime_type="image/png", filename="photo.png")
described = client.get_media_url(media.id)
steps = [
    client.send_message(contact, "hi", reply_to_message_id="wamid.q").id,
    client.send_message(contact, "which?", buttons=[Button("Yes", "y"), Button("No", "n")]).id,
    client.send_message(
        contact,
        "which?",
        buttons=SectionList("Show", sections=[Section("All", rows=[SectionRow("Red", "r", "as a rose")])]),
    ).id,
    client.send_image(contact, media.id, caption="look").id,
    client.send_document(contact, "https://a.example/f.pdf", filename="f.pdf").id,
    client.send_location(contact, latitude=1.5, longitude=2.5, name="Home").id,
    client.send_reaction(contact, "x", message_id="wamid.q").id,
    described.mime_type,
    described.file_size,
    client.get_media_bytes(described.url) == photo,
    bool(client.mark_message_as_read("wamid.q")),
    bool(client.indicate_typing("wamid.q")),
]
try:
    client.send_message(contact, "x" * 4097)
except WhatsAppError as error:
    steps.append(error.code)
print(json.dumps(steps))
