import Contracts
import Postgres

/// Whom the inputs of one batch concern: what erasing a person, or telling them what is known of them, goes by.
struct NormalizePersons: Sendable {
  private struct Participant: Hashable {
    let contact: ContactID
    let conversation: ConversationID
  }

  private struct Concern: Hashable {
    let contact: ContactID
    let key: KeyID
  }

  private var participants: Set<Participant> = []
  private var concerns: Set<Concern> = []
  private var forgotten: Set<KeyID> = []

  /// - Parameter key: of the inbound event that told of `contact`.
  mutating func concern(_ contact: ContactID, _ key: KeyID) {
    concerns.insert(Concern(contact: contact, key: key))
  }

  mutating func take(_ contact: ContactID, in conversation: ConversationID) {
    participants.insert(Participant(contact: contact, conversation: conversation))
  }

  /// What an inbound event says is not to be kept any longer.
  mutating func forget(_ key: KeyID) { forgotten.insert(key) }

  /// Whom inputs concern, but not that they were heard of: for what came long ago.
  func saveConcerns(in transaction: Transaction) throws {
    var concerns = self
    concerns.participants = []
    try concerns.save(in: transaction)
  }

  func save(in transaction: Transaction) throws {
    if !concerns.isEmpty || !participants.isEmpty {
      // In one order, so that two transactions never wait for each other.
      let participants = participants.sorted { ($0.contact, $0.conversation) < ($1.contact, $1.conversation) }
      let concerns = concerns.sorted { ($0.contact, $0.key) < ($1.contact, $1.key) }
      try transaction.execute(
        "select stage.note_persons($1, $2, $3, $4)",
        [
          .uuids(participants.map(\.contact.uuid)), .uuids(participants.map(\.conversation.uuid)),
          .uuids(concerns.map(\.contact.uuid)), .uuids(concerns.map(\.key.uuid)),
        ])
    }
    if !forgotten.isEmpty {
      try transaction.execute("select stage.forget_inbound($1)", [.uuids(forgotten.map(\.uuid))])
    }
  }
}
