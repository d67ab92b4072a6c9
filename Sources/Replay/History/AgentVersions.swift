import Contracts
import EventLog

/// Every version of every agent that was ever published, from the topic `agents`.
package struct AgentVersions: Sendable {
  package struct Agent: Sendable {
    package let tenant: TenantID
    package let name: String
    package internal(set) var versions: [Int: AgentDefinition] = [:]
  }

  package private(set) var agents: [AgentID: Agent] = [:]

  package static func read(_ log: any ReadableLog) async throws -> AgentVersions {
    var found = AgentVersions()
    let end = try await log.ends(of: .agents)[0]
    var scan = try await PartitionScan(
      log, from: Cursor(TopicPartition(.agents, Partition(0))), to: end,
      types: [AgentCreated.type, AgentPublished.type])
    while let records = try await scan.next() { for record in records { try found.apply(record.event) } }
    return found
  }

  private mutating func apply(_ event: Event) throws {
    if event.type == AgentCreated.type {
      let facts = try AgentCreated.read(event).facts
      agents[facts.agent] = Agent(tenant: event.tenant, name: facts.name)
    } else {
      let facts = try AgentPublished.read(event).facts
      agents[facts.agent]?.versions[facts.version] = facts.definition
    }
  }
}
