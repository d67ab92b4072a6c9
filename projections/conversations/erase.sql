-- What a rebuild leaves of erased contacts, whose private parts nobody can open any more: the rows, without what
-- was said and who said it.
update conversation as c set
  contact_name = null, contact_address = null, thread = null, contact_email = null, contact_phone = null,
  labels = '{}'
from erased as e
where
  c.id = e.conversation and c.contact = e.contact
  and (
    c.contact_name is not null or c.contact_address is not null or c.thread is not null
    or c.contact_email is not null or c.contact_phone is not null or c.labels <> '{}'
  );

update conversation as c set last_message_text = null
from erased as e
where c.id = e.conversation and c.last_message_by = e.contact and c.last_message_text is not null;

update message as m set
  subject = null, text = null, quoted = null, choices = null, template = null, location = null, contacts = null,
  provider_id = null
from erased as e
where
  m.conversation = e.conversation and m.sealed_by = e.contact
  and (
    m.subject is not null or m.text is not null or m.quoted is not null or m.choices is not null
    or m.template is not null or m.location is not null or m.contacts is not null or m.provider_id is not null
  );

update edit as d set text = null, quoted = null
from erased as e
where
  d.conversation = e.conversation and d.sealed_by = e.contact and (d.text is not null or d.quoted is not null);

update reaction as r set reactions = '[]'
from erased as e
where r.conversation = e.conversation and r.contact = e.contact and r.reactions <> '[]';

update attachment as a set name = null
from erased as e
where a.conversation = e.conversation and a.sealed_by = e.contact and a.name is not null;

update attachment as a set stored_name = null
from erased as e
where a.conversation = e.conversation and a.stored_by = e.contact and a.stored_name is not null;
