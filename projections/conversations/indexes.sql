create index conversation_list on conversation (tenant, last_message_at desc, id);
create index conversation_list_by_channel on conversation (tenant, channel, last_message_at desc, id);
create index conversation_list_by_state on conversation (tenant, state, last_message_at desc, id);
create index conversation_address on conversation (tenant, connection, address_hmac);
create index message_order on message (conversation, "offset");
create index consent_contact on consent (tenant, contact);
create index conversation_contact on conversation (contact);
create index attachment_conversation on attachment (conversation);
