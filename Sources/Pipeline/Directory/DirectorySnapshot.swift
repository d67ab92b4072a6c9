import Contracts
import Foundation

/// What the folds of `agents` and `tenants` have come to: who exists, and what may be known about them.
package struct DirectorySnapshot: Sendable {
  package var tenants: [TenantID: String] = [:]
  package var connections: [ConnectionID: KnownConnection] = [:]
  package var agents: [AgentID: KnownAgent] = [:]
  /// By the SHA-256 of the key, in hexadecimal.
  package var apiKeys: [String: KnownAPIKey] = [:]
  package var intents: [TenantID: KnownIntents] = [:]
  /// Of tenants that have said so.
  package var retention: [TenantID: RetentionRules] = [:]
  /// Of contacts that have any.
  package var labels: [ContactID: [String]] = [:]
  /// The next offset of each topic that was folded.
  package var known = KnownOffsets(agents: .zero, tenants: .zero)

  package init() {}
}

package struct KnownConnection: Sendable, Equatable {
  package let id: ConnectionID
  package let tenant: TenantID
  package let channel: Channel
  package let name: String
  package let agent: AgentID?
  /// How many messages a second its provider grants it, where that is other than usual.
  package var sendsPerSecond: Double?
  package var isDisabled = false
  package let secrets: ConnectionCreated.Private
  package var settings: ConnectionSettings?
  /// The secrets that the present ones replaced, for as long as the provider may still use them.
  package var previous: Previous?

  package struct Previous: Sendable, Equatable {
    package let secrets: ConnectionCreated.Private
    package let until: Date
  }

  /// What a call of the provider may be authentic by.
  package func secretsToAccept(at now: Date) -> [ConnectionCreated.Private] {
    guard let previous, now < previous.until else { return [secrets] }
    return [secrets, previous.secrets]
  }
}

package struct KnownAgent: Sendable, Equatable {
  package let id: AgentID
  package let tenant: TenantID
  package var name: String
  /// The last published version, or nil before the first.
  package var version: Int?
  package var definition: AgentDefinition?
  /// What its tools show to the servers that they call.
  package var secrets: AgentSecrets?
  package var draft: KnownDraft?
  package var isArchived = false
}

/// What the next version of an agent may become.
package struct KnownDraft: Sendable, Equatable {
  package let definition: AgentDefinition
  package let secrets: AgentSecrets?
}

package struct KnownAPIKey: Sendable, Equatable {
  package let tenant: TenantID
  package let name: String
}

extension DirectorySnapshot {
  /// Whether everything below these ends is folded.
  func covers(_ ends: KnownOffsets) -> Bool { known.agents >= ends.agents && known.tenants >= ends.tenants }

  /// The connection that has `account` at its provider.
  func connection(of account: String, on channel: Channel, tenant: TenantID) -> KnownConnection? {
    connections.values
      .filter {
        $0.secrets.account == account && $0.channel == channel && $0.tenant == tenant && !$0.isDisabled
      }
      .min { $0.id < $1.id }
  }

  /// What was sealed in an event.
  enum Secrets: Sendable {
    case connection(ConnectionCreated.Private)
    case agent(AgentSecrets)
    case contact(ContactLabelled.Private)
  }

  /// Folds one event. Types that it does not know are passed over.
  mutating func apply(_ record: Record, secrets: Secrets?) throws {
    let event = record.event
    let next = record.position.offset.advanced(by: 1)
    switch event.type {
    case TenantCreated.type:
      tenants[event.tenant] = try TenantCreated.read(event).facts.name
    case ConnectionCreated.type:
      let facts = try ConnectionCreated.read(event).facts
      connections[facts.connection] = KnownConnection(
        id: facts.connection, tenant: event.tenant, channel: facts.channel, name: facts.name,
        agent: facts.agent, sendsPerSecond: facts.sendsPerSecond,
        secrets: secrets?.ofConnection
          ?? ConnectionCreated.Private(account: nil, appSecret: nil, verifyToken: nil, accessToken: nil),
        settings: connections[facts.connection]?.settings)
    case ConnectionConfigured.type:
      let facts = try ConnectionConfigured.read(event).facts
      if connections[facts.connection]?.tenant == event.tenant {
        connections[facts.connection]?.settings = facts.settings
      }
    case ConnectionChanged.type:
      let facts = try ConnectionChanged.read(event).facts
      guard let before = connections[facts.connection], let secrets = secrets?.ofConnection else { break }
      var changed = KnownConnection(
        id: facts.connection, tenant: event.tenant, channel: facts.channel, name: facts.name,
        agent: facts.agent, sendsPerSecond: facts.sendsPerSecond, isDisabled: before.isDisabled,
        secrets: secrets, settings: before.settings)
      if let until = facts.previousUntil {
        // A change that leaves the secrets alone does not end the time of those before.
        changed.previous =
          secrets == before.secrets
          ? before.previous : KnownConnection.Previous(secrets: before.secrets, until: until)
      }
      connections[facts.connection] = changed
    case ConnectionDisabled.type:
      connections[try ConnectionDisabled.read(event).facts.connection]?.isDisabled = true
    case ConnectionEnabled.type:
      connections[try ConnectionEnabled.read(event).facts.connection]?.isDisabled = false
    case APIKeyCreated.type:
      let facts = try APIKeyCreated.read(event).facts
      apiKeys[facts.hash] = KnownAPIKey(tenant: event.tenant, name: facts.name)
    case APIKeyRevoked.type:
      apiKeys[try APIKeyRevoked.read(event).facts.hash] = nil
    case AgentCreated.type:
      let facts = try AgentCreated.read(event).facts
      agents[facts.agent] = KnownAgent(
        id: facts.agent, tenant: event.tenant, name: facts.name, version: nil, definition: nil)
    case AgentPublished.type:
      let facts = try AgentPublished.read(event).facts
      agents[facts.agent]?.version = facts.version
      agents[facts.agent]?.definition = facts.definition
      agents[facts.agent]?.secrets = secrets?.ofAgent
      agents[facts.agent]?.draft = nil
    case AgentChanged.type:
      let facts = try AgentChanged.read(event).facts
      agents[facts.agent]?.name = facts.name
      agents[facts.agent]?.draft = KnownDraft(definition: facts.definition, secrets: secrets?.ofAgent)
    case AgentArchived.type:
      agents[try AgentArchived.read(event).facts.agent]?.isArchived = true
    case RetentionChanged.type: retention[event.tenant] = try RetentionChanged.read(event).facts
    case ContactLabelled.type:
      let labels = LabelBounds.kept(of: secrets?.ofContact?.labels ?? [])
      self.labels[try ContactLabelled.read(event).facts.contact] = labels.isEmpty ? nil : labels
    case ContactErased.type: labels[try ContactErased.read(event).facts.contact] = nil
    case IntentsChanged.type, IntentsTrained.type, IntentsFailed.type:
      intents[event.tenant] = try KnownIntents.after(event, intents[event.tenant])
    default: break
    }
    switch record.position.topic {
    case .agents: known = KnownOffsets(agents: next, tenants: known.tenants)
    case .tenants: known = KnownOffsets(agents: known.agents, tenants: next)
    case .inbound, .conversations, .documents: break
    }
  }
}

extension DirectorySnapshot.Secrets {
  fileprivate var ofConnection: ConnectionCreated.Private? {
    if case .connection(let secrets) = self { return secrets }
    return nil
  }

  fileprivate var ofAgent: AgentSecrets? {
    if case .agent(let secrets) = self { return secrets }
    return nil
  }

  fileprivate var ofContact: ContactLabelled.Private? {
    if case .contact(let labels) = self { return labels }
    return nil
  }
}
