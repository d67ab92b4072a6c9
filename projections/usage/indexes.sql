create index stored_document_tenant on stored_document (tenant, uploaded_at);
