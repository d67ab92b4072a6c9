/// Every event that this version of the engine writes.
package enum EventCatalogue {
  package static let specs: [any EventSpec.Type] = [
    WebhookReceived.self, EmailReceived.self,
    MessageReceived.self, MessagePartReceived.self, MessagePartEchoed.self, MessageStatus.self,
    MessageProgress.self,
    MessageComposed.self,
    MessageEchoed.self, MessageEdited.self, MessageDeleted.self, MessageReacted.self,
    AttachmentStored.self, AttachmentFailed.self, ContactMoved.self, ConsentChanged.self,
    MessageClassified.self, ConversationOpened.self, ConversationReopened.self, ConversationHandedOver.self,
    ConversationReleased.self, ConversationResolved.self,
    ConversationSummarised.self, ConversationLabelled.self, ToolCalled.self,
    ContextRetrieved.self, ReplyGenerated.self, ReplySkipped.self, ReplyFailed.self,
    DeliverySucceeded.self, DeliveryFailed.self, DeliveryUncertain.self,
    AgentCreated.self, AgentChanged.self, AgentPublished.self, AgentArchived.self,
    DocumentUploaded.self, DocumentIndexed.self, DocumentFailed.self, DocumentRemoved.self,
    SourceAdded.self, SourceRemoved.self,
    TenantCreated.self, ConnectionCreated.self, ConnectionChanged.self, ConnectionNotified.self,
    ConnectionDisabled.self, ConnectionEnabled.self, ConnectionConfigured.self,
    APIKeyCreated.self, APIKeyRevoked.self, ReplayRequested.self, IntentsChanged.self, IntentsTrained.self,
    IntentsFailed.self, ContactErased.self, ContactLabelled.self, RetentionChanged.self,
  ]
}
