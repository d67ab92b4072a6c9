import Channels
import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Postgres

/// Tells platforms that contacts' messages were read, and that buttons were seen, whether or not anything is answered.
///
/// Each message once: a call whose outcome nobody knows is not made again. Nothing else waits for it or hears of it; what
/// became of it is in the ledger.
package struct Acknowledge: Stage {
  package struct State: Codable, Sendable {
    var target: DeliverState.Target?
  }
  package typealias Effect = AcknowledgeEffect
  package typealias Outcome = AcknowledgeOutcome

  package let name = StageName("acknowledge")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [ConversationOpened.type, ContactMoved.type, MessageReceived.type]
  package let effects: EffectPolicy
  private let channels: ChannelAdapters

  /// How often what the platform did not take is tried in all.
  static let maximumAttempts = 3
  /// In seconds. What is older was not read just now: it was there before this stage was, or a replay brought it.
  static let maximumAge: TimeInterval = 86_400

  /// - Parameters:
  ///   - timeout: the most that one call may take.
  ///   - grace: how much longer its outcome may take to be recorded.
  package init(
    channels: ChannelAdapters, timeout: Duration = .seconds(30), grace: Duration = .seconds(5)
  ) {
    self.channels = channels
    effects = .once(timeout: timeout, grace: grace)
  }

  package func initialState() -> State { State() }

  package struct Workspace: Sendable {
    var messages: [EventID: EventValue<MessageReceived>] = [:]
    var keys: [KeyID: SealingKey] = [:]
  }

  package func load(
    _ turns: [StageTurn<AcknowledgeOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    var workspace = Workspace()
    var ids: Set<KeyID> = []
    var streams: Set<StreamID> = []
    for event in turns.lazy.flatMap(\.inputs).map(\.event) {
      switch event.type {
      case ConversationOpened.type: if let id = try? ConversationOpened.read(event).keyID { ids.insert(id) }
      case ContactMoved.type: if let id = try? ContactMoved.read(event).keyID { ids.insert(id) }
      default:
        guard event.mayBeAnswered, context.now.timeIntervalSince(event.time) <= Self.maximumAge,
          let value = try? MessageReceived.read(event), let id = try? value.keyID,
          // Whether it is seen is for the app to say that has the conversation.
          value.facts.standby != true
        else { continue }
        workspace.messages[event.id] = value
        ids.insert(id)
        streams.insert(event.key)
      }
    }
    guard !streams.isEmpty else { return workspace }
    let rows = try transaction.execute(
      "select value from stage.states($1, $2)",
      [.text(name.rawValue), .texts(streams.map(\.rawValue))])
    for row in rows {
      guard let target = try? JSON.decode(State.self, from: row.bytes(0)).target else { continue }
      ids.formUnion([target.sealed, target.moved].compactMap(\.self).compactMap { try? JWE.keyID(of: $0) })
    }
    workspace.keys = try context.keyring.keys(ids, on: transaction.connection)
    return workspace
  }

  package func decide(
    _ turn: StageTurn<AcknowledgeOutcome>, state: inout State, workspace: inout Workspace,
    _ context: StageContext
  ) throws -> Decision<AcknowledgeEffect> {
    var decision = Decision<AcknowledgeEffect>(consumed: 0)
    for record in turn.inputs {
      switch record.event.type {
      case ConversationOpened.type:
        state.target = try DeliverState.Target(ConversationOpened.read(record.event))
      case ContactMoved.type: state.target?.move(try ContactMoved.read(record.event))
      default:
        let result = decision.consumed == 0 ? turn.result : .none
        decision.wait = try acknowledge(
          record.event, result, decision.consumed == 0 ? turn.attempts : 0, state, workspace, context)
        guard case .nothing = decision.wait else { return decision }
      }
      decision.consumed += 1
    }
    return decision
  }

  private func acknowledge(
    _ event: Event, _ result: StageTurn<AcknowledgeOutcome>.Result, _ attempts: Int, _ state: State,
    _ workspace: Workspace, _ context: StageContext
  ) throws -> Decision<AcknowledgeEffect>.Wait {
    switch result {
    case .lost: return .nothing
    case .outcome(let outcome):
      guard !outcome.isTaken, attempts < Self.maximumAttempts else { return .nothing }
      // Shortened by a random part so that many do not come at once.
      let pause = pow(4, Double(attempts - 1)) * Surroundings.random(in: 0.5...1)
      return .retry(at: context.now.addingTimeInterval(pause))
    case .none:
      return try effect(event, state, workspace, context).map { .effect($0) } ?? .nothing
    }
  }

  /// nil where there is nothing to show, or nobody to show it to.
  private func effect(
    _ event: Event, _ state: State, _ workspace: Workspace, _ context: StageContext
  ) throws -> AcknowledgeEffect? {
    guard let value = workspace.messages[event.id],
      let connection = context.directory.connections[value.facts.connection], !connection.isDisabled,
      let channel = try? channels.adapter(for: connection.channel),
      let key = try value.keyID.flatMap({ workspace.keys[$0] }), let content = try value.opened(with: key),
      let place = try state.target?.place(workspace.keys)
    else { return nil }
    let message = MessageReference(
      address: place.address, thread: place.thread, providerID: content.providerID)
    guard channel.acknowledges(message) else { return nil }
    return AcknowledgeEffect(channel: connection.channel, secrets: connection.secrets, message: message)
  }
}

/// Tell a platform that a message was read.
package struct AcknowledgeEffect: Sendable {
  package let channel: Channel
  package let secrets: ConnectionCreated.Private
  package let message: MessageReference
}

/// Whether the platform took it.
package struct AcknowledgeOutcome: Codable, Sendable {
  package let isTaken: Bool
  package init(isTaken: Bool) { self.isTaken = isTaken }
}

/// Acknowledges through the channel's adapter.
package struct ChannelAcknowledger: EffectPerformer {
  private let channels: ChannelAdapters
  private let client: HTTPClient

  package init(channels: ChannelAdapters, client: HTTPClient) {
    self.channels = channels
    self.client = client
  }

  package func perform(_ effect: AcknowledgeEffect) async -> AcknowledgeOutcome {
    guard let channel = try? channels.adapter(for: effect.channel) else {
      return AcknowledgeOutcome(isTaken: false)
    }
    return AcknowledgeOutcome(
      isTaken: await channel.show(.read, to: effect.message, from: effect.secrets, using: client))
  }
}
