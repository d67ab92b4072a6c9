create index document_tenant on document (tenant, uploaded_at desc, id);
