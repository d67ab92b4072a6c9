import Contracts
import EventLog
import JSON

/// Whose events an export holds.
package enum ExportSubject: Sendable, Equatable {
  case conversation(ConversationID)
  /// All conversations in which the contact wrote or was written to, and what else is about the contact.
  case contact(ContactID)
  case tenant(TenantID)
}

/// Decides which events an export takes. Pure.
struct ExportSelection: Sendable {
  let subject: ExportSubject
  /// Those of the contact.
  private(set) var conversations: Set<StreamID> = []

  init(_ subject: ExportSubject) {
    self.subject = subject
    if case .conversation(let id) = subject { conversations = [StreamID(id)] }
  }

  /// What tells which conversations are the contact's; nil where nothing has to be looked for.
  var scouted: Set<EventType>? {
    guard case .contact = subject else { return nil }
    return [ConversationOpened.type, MessageReceived.type, MessageEchoed.type]
  }

  mutating func scout(_ event: Event) {
    if case .contact(let contact) = subject, Self.contact(of: event) == contact {
      conversations.insert(event.key)
    }
  }

  func partitions(of layout: LogLayout) -> [TopicPartition] {
    switch subject {
    case .conversation(let id):
      [TopicPartition(.conversations, StreamID(id).partition(of: layout.count(.conversations)))]
    case .contact: layout.partitions(.conversations) + layout.partitions(.tenants)
    case .tenant: Topic.allCases.flatMap { layout.partitions($0) }
    }
  }

  func takes(_ event: Event) -> Bool {
    switch subject {
    case .conversation: conversations.contains(event.key)
    case .contact(let contact):
      event.topic == .conversations ? conversations.contains(event.key) : Self.contact(of: event) == contact
    case .tenant(let tenant): event.tenant == tenant
    }
  }

  /// Whom the facts of an event of any type name.
  private static func contact(of event: Event) -> ContactID? {
    guard let value = try? JSONValue(parsing: event.value, maximumDepth: JSON.maximumDepth) else {
      return nil
    }
    return value["facts"]?["contact"]?.string.flatMap { ContactID($0) }
  }
}
