import Contracts
import EventLog

/// Every version of every agent that was ever published, and the drafts, from the topic `agents`.
package struct AgentVersions: Sendable {
  package struct Agent: Sendable {
    package let tenant: TenantID
    package internal(set) var name: String
    package internal(set) var versions: [Int: AgentDefinition] = [:]
    /// What the next version may become; nil when nothing was changed since the last.
    package internal(set) var draft: AgentDefinition?
  }

  package private(set) var agents: [AgentID: Agent] = [:]

  package static func read(_ log: any ReadableLog) async throws -> AgentVersions {
    var found = AgentVersions()
    let end = try await log.ends(of: .agents)[0]
    var scan = try await PartitionScan(
      log, from: Cursor(TopicPartition(.agents, Partition(0))), to: end,
      types: [AgentCreated.type, AgentChanged.type, AgentPublished.type])
    while let records = try await scan.next() { for record in records { try found.apply(record.event) } }
    return found
  }

  private mutating func apply(_ event: Event) throws {
    switch event.type {
    case AgentCreated.type:
      let facts = try AgentCreated.read(event).facts
      agents[facts.agent] = Agent(tenant: event.tenant, name: facts.name)
    case AgentChanged.type:
      let facts = try AgentChanged.read(event).facts
      agents[facts.agent]?.name = facts.name
      agents[facts.agent]?.draft = facts.definition
    case AgentPublished.type:
      let facts = try AgentPublished.read(event).facts
      agents[facts.agent]?.versions[facts.version] = facts.definition
      agents[facts.agent]?.draft = nil
    default: break
    }
  }
}
