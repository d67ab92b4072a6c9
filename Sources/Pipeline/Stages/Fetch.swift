import Channels
import Contracts
import Foundation
import JSON
import Keyring
import Postgres

/// Gets the files that messages bring, before their providers forget them.
package struct Fetch: Stage {
  package typealias State = NoState
  package typealias Effect = FetchEffect
  package typealias Outcome = FetchedFiles

  package let name = StageName("fetch")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [MessageReceived.type, MessageEchoed.type, MessageEdited.type]
  package let effects = EffectPolicy.repeatable

  package init() {}

  package func initialState() -> NoState { NoState() }

  package struct Workspace: Sendable {
    var messages: [EventID: MessageWithFiles] = [:]
    var keys: [KeyID: SealingKey] = [:]
  }

  package func load(
    _ turns: [StageTurn<FetchedFiles>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    var workspace = Workspace()
    for record in turns.lazy.flatMap(\.inputs) {
      // What cannot be read is parked by the stages that must answer it.
      guard let message = try? MessageWithFiles(record.event) else { continue }
      workspace.messages[record.event.id] = message
    }
    guard !workspace.messages.isEmpty else { return workspace }
    let ids = workspace.messages.values.compactMap { $0.sealed.flatMap { try? JWE.keyID(of: $0) } }
    workspace.keys = try context.keyring.keys(Set(ids), on: transaction.connection)
    return workspace
  }

  package func decide(
    _ turn: StageTurn<FetchedFiles>, state: inout NoState, workspace: inout Workspace,
    _ context: StageContext
  ) throws -> Decision<FetchEffect> {
    var decision = Decision<FetchEffect>(consumed: 0)
    for record in turn.inputs {
      let isHead = decision.consumed == 0
      if let message = workspace.messages[record.event.id] {
        let report = FetchReport(
          stage: name, record: record, message: message, attempts: isHead ? turn.attempts : 0,
          now: context.now)
        guard let sealed = message.sealed, let key = workspace.keys[try JWE.keyID(of: sealed)] else {
          decision.outputs += try report.failed("contact-erased")
          decision.consumed += 1
          continue
        }
        guard case .outcome(let outcome) = turn.result, isHead else {
          guard let effect = try effect(message, key, context) else {
            decision.outputs += try report.failed("connection-disabled")
            decision.consumed += 1
            continue
          }
          decision.wait = .effect(effect)
          return decision
        }
        if let wait = outcome.wait(after: turn.attempts) {
          decision.wait = .retry(at: context.now.addingTimeInterval(wait))
          return decision
        }
        decision.outputs += try report.ended(outcome, sealedWith: key)
      }
      decision.consumed += 1
    }
    return decision
  }

  private func effect(
    _ message: MessageWithFiles, _ key: SealingKey, _ context: StageContext
  ) throws -> FetchEffect? {
    guard let connection = context.directory.connections[message.facts.connection], !connection.isDisabled,
      let sealed = message.sealed
    else { return nil }
    let kept = try JSON.decode(MessageReceived.Private.self, from: JWE.open(sealed, with: key)).attachments
    let places = Dictionary((kept ?? []).map { ($0.attachment, $0) }) { first, _ in first }
    return FetchEffect(
      channel: connection.channel, secrets: connection.secrets, tenant: connection.tenant, key: key,
      files: message.files.map { .init(facts: $0, place: places[$0.attachment]) })
  }
}

/// A message that has files, still sealed.
struct MessageWithFiles: Sendable {
  let facts: MessageReceived.Facts
  let files: [AttachmentFacts]
  let sealed: String?

  /// nil when it has none.
  init?(_ event: Event) throws {
    switch event.type {
    case MessageReceived.type: try self.init(MessageReceived.read(event))
    case MessageEchoed.type: try self.init(MessageEchoed.read(event))
    default: try self.init(MessageEdited.read(event))
    }
  }

  private init?<Spec: EventSpec>(_ value: EventValue<Spec>) where Spec.Facts == MessageReceived.Facts {
    guard let files = value.facts.attachments, !files.isEmpty else { return nil }
    self.files = files
    facts = value.facts
    sealed = value.private
  }
}

/// Makes the events that end the fetching of a message's files.
struct FetchReport {
  let stage: StageName
  let record: Record
  let message: MessageWithFiles
  let attempts: Int
  let now: Date

  func ended(_ outcome: FetchedFiles, sealedWith key: SealingKey) throws -> [Event] {
    let results = Dictionary(outcome.files.map { ($0.attachment, $0.result) }) { first, _ in first }
    return try message.files.map { file in
      switch results[file.attachment] {
      case .stored(let stored):
        try record.makes(
          AttachmentStored.self, by: stage, step: "\(file.attachment)", key: record.event.key,
          facts: AttachmentStored.Facts(
            conversation: message.facts.conversation, message: message.facts.message,
            attachment: file.attachment, kind: file.kind, mediaType: stored.mediaType, bytes: stored.bytes,
            blob: stored.blob),
          private: JSON.decode(AttachmentStored.Private.self, from: JWE.open(stored.sealed, with: key)),
          sealedWith: key, at: now)
      case .notFetched(let reason, let code, _), .failed(let reason, let code):
        try failed(file, reason, code)
      case nil: try failed(file, "unsupported", nil)
      }
    }
  }

  func failed(_ reason: String) throws -> [Event] {
    try message.files.map { try failed($0, reason, nil) }
  }

  private func failed(_ file: AttachmentFacts, _ reason: String, _ code: Int?) throws -> Event {
    try record.makes(
      AttachmentFailed.self, by: stage, step: "\(file.attachment)", key: record.event.key,
      facts: AttachmentFailed.Facts(
        conversation: message.facts.conversation, message: message.facts.message,
        attachment: file.attachment, reason: reason, code: code, attempts: attempts), at: now)
  }
}
