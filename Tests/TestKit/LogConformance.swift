import Contracts
import EventLog
import Testing

/// The contract of `EventLog` as checks that every driver's tests call, one test each.
package struct LogConformance: Sendable {
  package let traits: LogTraits
  package let withLog: LogFactory

  package init(_ traits: LogTraits, withLog: @escaping LogFactory) {
    self.traits = traits
    self.withLog = withLog
  }

  /// Every record of `topic`, in order within each partition, up to the ends that stand now.
  func everything(in log: any EventLog, of topic: Topic = .conversations) async throws -> [Record] {
    let ends = try await log.ends(of: topic)
    var standing = Dictionary(
      uniqueKeysWithValues: zip(log.layout.partitions(topic), ends).filter { $0.1 > .zero })
    guard !standing.isEmpty else { return [] }
    let reader = try await log.reader(from: log.beginnings(of: topic), types: nil)
    var records: [Record] = []
    while !standing.isEmpty {
      let batch = try await reader.next(limit: 1_000)
      records += batch.records
      for cursor in batch.cursors {
        if let end = standing[cursor.partition], cursor.offset >= end { standing[cursor.partition] = nil }
      }
    }
    await reader.close()
    return records
  }

  /// Records of each partition stand at 0, 1, 2, …
  func expectContiguous(_ records: [Record]) {
    for (partition, records) in Dictionary(grouping: records, by: \.position.topicPartition) {
      #expect(
        records.map(\.position.offset.rawValue) == Array(0..<Int64(records.count)), "offsets of \(partition)")
    }
  }
}
