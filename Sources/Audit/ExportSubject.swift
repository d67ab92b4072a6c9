import Contracts
import EventLog
import JSON

/// Whose events an export holds.
package enum ExportSubject: Sendable, Equatable {
  case conversation(ConversationID)
  /// All conversations of which an event names the contact, as whoever wrote, changed something or only reacted, what
  /// else is about the contact, and of what came in the bodies that are the contact's alone.
  case contact(ContactID)
  case tenant(TenantID)
}

/// The webhooks and mails that told of a contact. Whom one tells of shows only when it is read, which is not done here:
/// whoever exports says which are the contact's alone, and why others are not in the file.
package struct ExportedBodies: Sendable {
  package struct Withheld: Codable, Sendable, Equatable {
    package let event: EventID
    package let why: String

    package init(event: EventID, why: String) {
      self.event = event
      self.why = why
    }
  }

  package static let none = ExportedBodies(own: [], withheld: [])
  package let own: Set<EventID>
  package let withheld: [Withheld]

  package init(own: Set<EventID>, withheld: [Withheld]) {
    self.own = own
    self.withheld = withheld.sorted { $0.event.description < $1.event.description }
  }
}

/// Decides which events an export takes. Pure.
struct ExportSelection: Sendable {
  let subject: ExportSubject
  let bodies: Set<EventID>
  /// Those of the contact.
  private(set) var conversations: Set<StreamID> = []

  init(_ subject: ExportSubject, bodies: Set<EventID> = []) {
    self.subject = subject
    self.bodies = bodies
    if case .conversation(let id) = subject { conversations = [StreamID(id)] }
  }

  /// Whether it takes a look at all conversations to tell which are the subject's.
  var isScouted: Bool {
    guard case .contact = subject else { return false }
    return true
  }

  /// Takes the conversation if the event names the contact. Any type may: who reads along in a group may do no more
  /// than react.
  mutating func scout(_ event: Event) {
    if case .contact(let contact) = subject, !conversations.contains(event.key),
      Self.contact(of: event) == contact
    {
      conversations.insert(event.key)
    }
  }

  func partitions(of layout: LogLayout) -> [TopicPartition] {
    switch subject {
    case .conversation(let id):
      [TopicPartition(.conversations, StreamID(id).partition(of: layout.count(.conversations)))]
    case .contact:
      (bodies.isEmpty ? [] : layout.partitions(.inbound)) + layout.partitions(.conversations)
        + layout.partitions(.tenants)
    case .tenant: Topic.allCases.flatMap { layout.partitions($0) }
    }
  }

  func takes(_ event: Event) -> Bool {
    switch subject {
    case .conversation: conversations.contains(event.key)
    case .contact(let contact):
      switch event.topic {
      case .inbound: bodies.contains(event.id)
      case .conversations: conversations.contains(event.key)
      default: Self.contact(of: event) == contact
      }
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
