import Contracts
import EventLog
import Foundation
import Keyring
import Postgres

/// Makes timelines from the log.
package struct TimelineReader: Sendable {
  private let log: any ReadableLog
  private let history: ConversationHistory

  package init(log: any ReadableLog, pool: PostgresPool, keyring: Keyring) {
    self.log = log
    history = ConversationHistory(log: log, pool: pool, keyring: keyring)
  }

  /// - Parameters:
  ///   - moment: as it was then; nil for now.
  ///   - places: where the conversation's events are; nil reads its whole partition.
  package func read(
    _ conversation: ConversationID, at moment: Date?, in places: [ConversationHistory.Place]? = nil
  ) async throws -> Timeline {
    let records = try await history.records(of: conversation, in: places)
    return try Timeline(
      records, opened: await history.open(records), keys: await history.keys(ofContextsOf: records),
      agents: await AgentVersions.read(log), conversation: conversation, at: moment)
  }
}
