import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Postgres
import PostgresLog
import TestKit

/// A conversation that a test writes into the log as the stages would.
struct TestConversation: Sendable {
  var id = ConversationID(UUID.version7())
  var contact = ContactID(UUID.version7())
  let tenant: TenantID
  let connection: ConnectionID
  let channel: Channel
  let address: String
}

extension TestAPI {
  func append<Spec: EventSpec>(
    _ spec: Spec.Type, _ conversation: TestConversation, _ facts: Spec.Facts,
    private content: Spec.Private? = nil
  ) async throws {
    let keyID = KeyID(conversation.contact.uuid)
    let keys = try await database.pool.withTransaction { [keyring] transaction in
      try keyring.create(.contact, tenant: conversation.tenant, ids: [keyID], in: transaction)
    }
    let event = Event(
      id: EventID(UUID.version7()), type: Spec.type, topic: .conversations, key: StreamID(conversation.id),
      tenant: conversation.tenant, time: Date(), source: "/test",
      value: try Spec.value(facts, private: content, sealedWith: keys[keyID]))
    _ = try await log.append([event])
  }

  func open(
    _ channel: Channel, address: String, name: String? = nil, of tenant: TestTenantIDs? = nil
  ) async throws -> TestConversation {
    let tenant = tenant ?? self.tenant
    let conversation = TestConversation(
      tenant: tenant.id, connection: channel == .whatsapp ? tenant.whatsApp : tenant.webChat,
      channel: channel,
      address: address)
    let keyID = KeyID(tenant.id.uuid)
    let keys = try await database.pool.withConnection { [keyring] in try keyring.keys([keyID], on: $0) }
    try await append(
      ConversationOpened.self, conversation,
      .init(
        conversation: conversation.id, contact: conversation.contact, connection: conversation.connection,
        channel: channel, addressHMAC: keys[keyID]?.hmac(address, on: channel) ?? ""),
      private: .init(address: address, name: name))
    return conversation
  }

  @discardableResult
  func hear(
    _ text: String, quoting quoted: String? = nil, in conversation: TestConversation,
    clientID: String = UUID().uuidString.lowercased()
  ) async throws -> MessageID {
    let id = MessageID(UUID.version7())
    try await append(
      MessageReceived.self, conversation,
      .init(
        message: id, conversation: conversation.id, contact: conversation.contact,
        connection: conversation.connection, channel: conversation.channel, kind: .text,
        providerHMAC: id.description, providerTime: nil, bytes: text.utf8.count),
      private: .init(text: text, quoted: quoted, providerID: "\(conversation.address)/\(clientID)"))
    return id
  }

  @discardableResult
  func reply(
    _ text: String, in conversation: TestConversation, answers: [MessageID] = [],
    id: MessageID = MessageID(UUID.version7())
  ) async throws -> MessageID {
    try await append(
      ReplyGenerated.self, conversation,
      .init(
        conversation: conversation.id, message: id, answers: answers, agent: tenant.agent, agentVersion: 1,
        kind: .model, model: "test-model", finishReason: "stop", promptTokens: 10, completionTokens: 5,
        firstTokenMilliseconds: 1, milliseconds: 2, attempts: 1, indexVersion: 0,
        passages: [.init(document: DocumentID(UUID()), chunk: ChunkID(UUID()), score: 0.5)],
        bytes: text.utf8.count, known: .init(agents: .zero, tenants: .zero)),
      private: .init(text: text))
    return id
  }

  func deliver(
    _ message: MessageID, in conversation: TestConversation, parts: [String]? = nil
  ) async throws {
    try await append(
      DeliverySucceeded.self, conversation,
      .init(
        conversation: conversation.id, message: message, connection: conversation.connection,
        channel: conversation.channel, providerHMAC: message.description, parts: parts, attempts: 1,
        milliseconds: 1),
      private: .init(providerID: message.description, parts: parts))
  }

  /// Waits until the read model has these conversations' messages.
  func untilProjected(_ conversation: TestConversation, messages: Int) async throws {
    try await until("\(messages) messages are projected") {
      let answer = try await v1("GET", "/conversations/\(conversation.id)")
      return answer.json?["messages"]?.array?.count == messages
    }
  }
}
