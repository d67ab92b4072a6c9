import Channels
import Contracts
import Foundation
import JSON
import Keyring
import Postgres

/// Sends what was written for a contact, each message once: a call whose outcome nobody knows is declared
/// uncertain, never repeated.
package struct Deliver: Stage {
  package typealias State = DeliverState
  package typealias Effect = DeliverEffect
  package typealias Outcome = DeliverOutcome

  package let name = StageName("deliver")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [
    ConversationOpened.type, ReplyGenerated.type, MessageComposed.type,
  ]
  package let effects: EffectPolicy

  /// How often a message that was certainly not taken is tried in all.
  static let maximumAttempts = 6

  /// - Parameters:
  ///   - timeout: the most that one call may take.
  ///   - grace: how much longer its outcome may take to be recorded.
  package init(timeout: Duration = .seconds(30), grace: Duration = .seconds(5)) {
    effects = .once(timeout: timeout, grace: grace)
  }

  package func initialState() -> DeliverState { DeliverState() }

  package struct Workspace: Sendable {
    var keys: [KeyID: SealingKey] = [:]
  }

  package func load(
    _ turns: [StageTurn<DeliverOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    var ids: Set<KeyID> = []
    for record in turns.lazy.flatMap(\.inputs) {
      ids.insert(KeyID(record.event.tenant.uuid))
      let sealed: String? =
        switch record.event.type {
        case ReplyGenerated.type: try? ReplyGenerated.read(record.event).private
        case MessageComposed.type: try? MessageComposed.read(record.event).private
        default: nil
        }
      if let sealed, let id = try? JWE.keyID(of: sealed) { ids.insert(id) }
    }
    return Workspace(keys: try context.keyring.keys(ids, on: transaction.connection))
  }

  package func decide(
    _ turn: StageTurn<DeliverOutcome>, state: inout DeliverState, workspace: inout Workspace,
    _ context: StageContext
  ) throws -> Decision<DeliverEffect> {
    var decision = Decision<DeliverEffect>(consumed: 0)
    var result = turn.result
    for record in turn.inputs {
      if record.event.type == ConversationOpened.type {
        state.target = try DeliverState.Target(ConversationOpened.read(record.event))
      } else {
        let attempts = decision.consumed == 0 ? turn.attempts : 0
        let message = try Outgoing(record)
        guard let target = state.target else {
          throw StageError.unprocessable("conversation \(record.event.key) was never opened")
        }
        let report = DeliveryReport(
          stage: name, record: record, message: message, target: target, attempts: attempts,
          context: context)
        switch try step(report, result, workspace) {
        case .done(let event): decision.outputs.append(event)
        case .wait(let wait):
          decision.wait = wait
          return decision
        }
        result = .none
      }
      decision.consumed += 1
    }
    return decision
  }

  private enum Step {
    case done(Event)
    case wait(Decision<DeliverEffect>.Wait)
  }

  private func step(
    _ report: DeliveryReport, _ result: StageTurn<DeliverOutcome>.Result, _ workspace: Workspace
  ) throws -> Step {
    switch result {
    case .none: try send(report, workspace)
    case .lost: .done(try report.uncertain("owner-lost"))
    case .outcome(let outcome): try conclude(outcome, report, workspace)
    }
  }

  private func send(_ report: DeliveryReport, _ workspace: Workspace) throws -> Step {
    let context = report.context
    guard let connection = context.directory.connections[report.target.connection],
      !connection.isDisabled
    else { return .done(try report.failed("connection-disabled", code: nil)) }
    guard let key = workspace.keys[try JWE.keyID(of: report.message.sealed)] else {
      return .done(try report.failed("contact-erased", code: nil))
    }
    let text = try JSON.decode(
      MessageComposed.Private.self, from: JWE.open(report.message.sealed, with: key)
    ).text
    let address = try JSON.decode(
      ConversationOpened.Private.self, from: JWE.open(report.target.sealed, with: key)
    ).address
    return .wait(
      .effect(
        DeliverEffect(
          channel: connection.channel, secrets: connection.secrets,
          message: OutboundMessage(
            id: report.message.id, address: address, text: text, context: SendContext(now: context.now)))))
  }

  private func conclude(
    _ outcome: DeliverOutcome, _ report: DeliveryReport, _ workspace: Workspace
  ) throws -> Step {
    switch outcome {
    case .accepted(let providerID, let milliseconds):
      let tenant = KeyID(report.record.event.tenant.uuid)
      guard let tenantKey = workspace.keys[tenant] else { throw SealingError.keyIsGone(tenant) }
      let contactKey = workspace.keys[try JWE.keyID(of: report.message.sealed)]
      return .done(
        try report.succeeded(
          providerID, milliseconds: milliseconds, tenantKey: tenantKey, contactKey: contactKey))
    case .notTaken(let reason, let code, let retryAfterSeconds):
      guard report.attempts < Self.maximumAttempts else {
        return .done(try report.failed(reason, code: code))
      }
      let backoff = pow(2, Double(report.attempts - 1))
      let delay = max(retryAfterSeconds ?? 0, backoff)
      return .wait(.retry(at: report.context.now.addingTimeInterval(min(delay, 300))))
    case .rejected(let reason, let code): return .done(try report.failed(reason, code: code))
    case .uncertain(let reason): return .done(try report.uncertain(reason))
    }
  }
}

/// Where a conversation's messages go.
package struct DeliverState: Codable, Sendable {
  struct Target: Codable, Sendable {
    let conversation: ConversationID
    let connection: ConnectionID
    let channel: Channel
    /// The private part of `conversation.opened`, still sealed: it holds the address.
    let sealed: String

    init(_ value: EventValue<ConversationOpened>) throws {
      guard let sealed = value.private else {
        throw StageError.unprocessable("conversation.opened holds no address")
      }
      conversation = value.facts.conversation
      connection = value.facts.connection
      channel = value.facts.channel
      self.sealed = sealed
    }
  }

  var target: Target?
}

/// A message to be sent, its text still sealed.
struct Outgoing {
  let id: MessageID
  let sealed: String

  init(_ record: Record) throws {
    let sealed: String?
    if record.event.type == ReplyGenerated.type {
      let value = try ReplyGenerated.read(record.event)
      (id, sealed) = (value.facts.message, value.private)
    } else {
      let value = try MessageComposed.read(record.event)
      (id, sealed) = (value.facts.message, value.private)
    }
    guard let sealed else { throw StageError.unprocessable("\(record.event.type) holds no text") }
    self.sealed = sealed
  }
}
