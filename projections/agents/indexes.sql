create index agent_tenant on agent (tenant, created_at);
