import Channels
import Contracts
import Foundation
import Keyring
import Postgres

/// Turns raw webhooks into messages and statuses of conversations: who wrote, in which conversation, and
/// whether it was seen before. A body that is not understood is parked alone.
package struct Normalize: Stage {
  package typealias State = NoState
  package typealias Effect = Never
  package typealias Outcome = Never

  package let name = StageName("normalize")
  package let topic = Topic.inbound
  package let types: Set<EventType> = [WebhookReceived.type]
  package let parksAlone = true
  package let effects = EffectPolicy.repeatable
  private let channels: ChannelAdapters

  package init(channels: ChannelAdapters) { self.channels = channels }

  package func initialState() -> NoState { NoState() }

  package func load(
    _ turns: [StageTurn<Never>], _ context: StageContext, in transaction: Transaction
  ) throws -> NormalizeWorkspace {
    let inputs = turns.flatMap(\.inputs)
    let values = inputs.map { record in Result { try WebhookReceived.read(record.event) } }
    let kids = values.compactMap { try? $0.get().keyID }
    let tenants = Set(inputs.map { KeyID($0.event.tenant.uuid) })
    let keys = try context.keyring.keys(Set(kids).union(tenants), on: transaction.connection)
    var workspace = NormalizeWorkspace(keyring: context.keyring)
    for (record, value) in zip(inputs, values) {
      do {
        let body = try parse(record, value.get(), keys, context, transaction)
        workspace.parsed[record.event.id] = .success(body)
      } catch let error as PostgresError {
        throw error
      } catch { workspace.parsed[record.event.id] = .failure(error) }
    }
    try workspace.look(in: transaction)
    return workspace
  }

  package func decide(
    _ turn: StageTurn<Never>, state: inout NoState, workspace: inout NormalizeWorkspace,
    _ context: StageContext
  ) throws -> Decision<Never> {
    var decision = Decision<Never>(consumed: 0)
    for record in turn.inputs {
      let before = workspace
      do {
        let parsed = try workspace.parsed[record.event.id]?.get() ?? NormalizedBody()
        for item in parsed.items {
          decision.outputs += try outputs(of: item, record, &workspace, context)
        }
        // What could be read goes on; done again after a repair, it is known and dropped.
        if parsed.malformed > 0 {
          decision.wait = .parked(reason: "\(parsed.malformed) parts of the body have an unknown shape")
          return decision
        }
      } catch {
        workspace = before
        decision.wait = .parked(reason: "\(error)")
        return decision
      }
      decision.consumed += 1
    }
    return decision
  }

  package func save(_ workspace: NormalizeWorkspace, in transaction: Transaction) throws {
    try workspace.save(in: transaction)
  }

  private func parse(
    _ record: Record, _ value: EventValue<WebhookReceived>, _ keys: [KeyID: SealingKey],
    _ context: StageContext, _ transaction: Transaction
  ) throws -> NormalizedBody {
    // The key went with its day or with the person: there is nothing left to be understood.
    guard let kid = try value.keyID, let key = keys[kid],
      let raw = try value.opened(with: key, blobsIn: transaction)
    else {
      return NormalizedBody()
    }
    guard let connection = context.directory.connections[value.facts.connection] else {
      throw StageError.unprocessable("connection \(value.facts.connection) is unknown")
    }
    guard let tenantKey = keys[KeyID(connection.tenant.uuid)] else {
      throw StageError.unprocessable("tenant \(connection.tenant) has no key")
    }
    let items = try channels.adapter(for: value.facts.channel).parse(raw.body, sender: raw.sender)
    return NormalizedBody(
      items: items.compactMap { NormalizedItem($0, connection: connection, tenantKey: tenantKey) },
      malformed: items.count { $0 == .other(kind: "malformed") })
  }

  private func outputs(
    of item: NormalizedItem, _ record: Record, _ workspace: inout NormalizeWorkspace,
    _ context: StageContext
  ) throws -> [Event] {
    let connection = item.connection
    guard !workspace.hasSeen(item.dedupe, connection.tenant) else { return [] }
    switch item.content {
    case .status(let status):
      // Only who has written to us can be told of; a status for someone else says nothing here.
      guard let contact = workspace.contact(item) else { return [] }
      workspace.see(item.dedupe, connection.tenant)
      let conversation = ConversationID(UUID.version5(of: contact.uuid.bytes, in: connection.id.uuid))
      return [
        try record.makes(
          MessageStatus.self, by: name, step: item.dedupe, key: StreamID(conversation),
          facts: MessageStatus.Facts(
            conversation: conversation, connection: connection.id, channel: connection.channel,
            providerHMAC: item.providerHMAC, status: status.status, providerTime: status.origin.time,
            code: status.code), at: context.now)
      ]
    case .message(let message):
      workspace.see(item.dedupe, connection.tenant)
      let contact = try workspace.contactOrNew(item)
      let key = try workspace.key(of: contact)
      let conversation = ConversationID(UUID.version5(of: contact.uuid.bytes, in: connection.id.uuid))
      let stream = StreamID(conversation)
      var events: [Event] = []
      if !workspace.hasSeen("conversation/\(conversation)", connection.tenant) {
        workspace.see("conversation/\(conversation)", connection.tenant)
        events.append(
          try record.makes(
            ConversationOpened.self, by: name, step: "\(conversation)", key: stream,
            facts: ConversationOpened.Facts(
              conversation: conversation, contact: contact, connection: connection.id,
              channel: connection.channel, addressHMAC: item.addressHMAC),
            private: ConversationOpened.Private(address: message.origin.address, name: message.origin.name),
            sealedWith: key, at: context.now))
      }
      let id = UUID.version5(of: item.providerHMAC, in: connection.tenant.uuid)
      events.append(
        Event(
          id: EventID(id), type: MessageReceived.type, topic: .conversations, key: stream,
          tenant: connection.tenant, time: context.now, source: "/stages/\(name)",
          causation: record.event.id, correlation: record.event.correlation ?? record.event.id,
          traceparent: record.event.traceparent,
          value: try MessageReceived.value(
            MessageReceived.Facts(
              message: MessageID(id), conversation: conversation, contact: contact,
              connection: connection.id, channel: connection.channel, kind: message.content.kind,
              providerHMAC: item.providerHMAC, providerTime: message.origin.time,
              bytes: message.content.text?.utf8.count ?? 0),
            private: MessageReceived.Private(
              text: message.content.text, providerID: message.providerID, raw: message.content.raw),
            sealedWith: key)))
      return events
    }
  }
}
